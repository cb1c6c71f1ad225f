-- settle: writes what attempts came to, and all that follows from it.
-- Args: list of {dlv, token, state, record, delay_ms, counts, doubt, look, missed, is_attempt, document, reason, digest, callbacks,
--   effect: answers | fails | stops | none, throttle_ms, rejected, limits: {failures, probe_ms, cap_ms, stop_after}}.
-- Reads d: s: o: k: l: ; writes these, a: c: ended lanes:due.
-- Reply: {for each done | again (was settled before) | late (kept as evidence) | poison (put aside), lanes to wake}.
-- Guarantees: a state changes only under its own token, once; the next of the order key, the business key, the
-- callback and the lane's breaker change with it. Never refused by a full Redis.

local ATTEMPTS_KEPT = 200
local lanes = {}

local function keep_record(item)
  local kept = call('RPUSH', 'a:' .. item.dlv, item.record)
  if kept > ATTEMPTS_KEPT then call('LTRIM', 'a:' .. item.dlv, -ATTEMPTS_KEPT, -1) end
end

local function wait_or_end(item, d)
  local L = 'l:' .. d.lane
  call('ZREM', L .. ':fly', item.dlv)
  become(item.dlv, d, item.state)
  if item.state == 'waiting' then call('ZADD', L .. ':wait', NOW + item.delay_ms, item.dlv) end
  if d.once then close_once(item.dlv, d, item.state, item.document, item.digest) end
  local ended = item.state == 'delivered' or ((item.state == 'dead' or item.state == 'held') and d.cont)
  if d.key and ended then hand_over(d.lane, d.key, item.dlv) end
end

local function note(item, d)
  local fields = {'n', (tonumber(d.n) or 0) + (item.is_attempt and 1 or 0), 'settled', item.token}
  local function add(name, value) fields[#fields + 1] = name fields[#fields + 1] = value end
  if item.counts then add('tries', (tonumber(d.tries) or 0) + 1) end
  if item.doubt then add('doubt', 1) d.doubt = '1' end
  if item.document then add('doc', item.document) end
  if item.look > 0 or d.look then add('look', item.look) add('missed', item.missed) end
  add('why', item.reason or '')
  call('HSET', 'd:' .. item.dlv, unpack(fields))
end

local function open(lane, item, l, times)
  local delay = math.min(item.limits.cap_ms, item.limits.probe_ms * 2 ^ (times - 1))
  call('HSET', 'l:' .. lane, 'open', times, 'probe_at', NOW + delay, 'opened', l.opened or NOW, 'ill', item.reason or '')
end

local function breaker(lane, item)
  local L = 'l:' .. lane
  local l = read_hash(L, 'open', 'failures', 'probe', 'opened')
  if item.effect == 'answers' then
    if l.open or l.failures then call('HDEL', L, 'open', 'failures', 'probe', 'probe_at', 'opened', 'ill') end
  elseif item.effect ~= 'none' and not l.open then
    local failures = (tonumber(l.failures) or 0) + 1
    call('HSET', L, 'failures', failures)
    if item.effect == 'stops' or failures >= item.limits.failures then open(lane, item, l, 1) end
  elseif item.effect ~= 'none' and l.probe == item.dlv then
    open(lane, item, l, (tonumber(l.open) or 0) + 1)
  end
  if l.probe == item.dlv then call('HDEL', L, 'probe') end
end

-- Different documents refused in a row for one reason: the fault is the lane's, and it waits for a person.
local function count_rejected(lane, item)
  local taken = item.state == 'delivered' or item.state == 'confirming'
  if not (taken or item.rejected) then return end
  local L, reason = 'l:' .. lane, item.reason or ''
  local l = read_hash(L, 'refused', 'refusal', 'refuser')
  if taken and l.refused then call('HDEL', L, 'refused', 'refusal', 'refuser') end
  if taken then return end
  if l.refuser == item.dlv and l.refusal == reason then return end
  local count = l.refusal == reason and (tonumber(l.refused) or 0) + 1 or 1
  call('HSET', L, 'refused', count, 'refusal', reason, 'refuser', item.dlv)
  if item.limits.stop_after > 0 and count >= item.limits.stop_after then
    call('HSET', L, 'paused', 'stopped: ' .. count .. ' documents in a row were refused: ' .. reason)
    call('HDEL', L, 'refused', 'refusal', 'refuser')
  end
end

-- Several answers may ask for a pause: the longest holds.
local function throttle(lane, till)
  if (tonumber(call('HGET', 'l:' .. lane, 'throttle')) or 0) < till then call('HSET', 'l:' .. lane, 'throttle', till) end
end

local function tell_lane(lane, item)
  breaker(lane, item)
  count_rejected(lane, item)
  if item.throttle_ms > 0 then throttle(lane, NOW + item.throttle_ms) end
  count_closed(lane)
end

local function settle(item, d)
  keep_record(item)
  note(item, d)
  wait_or_end(item, d)
  apart(d.lane, tell_lane, d.lane, item)
  call_back(d.evt, item.dlv, item.callbacks)
  apart(d.evt, note_ended, d.evt)
  return 'done'
end

-- Its record may hold the voucher's number, and is kept though nothing else could be written.
local function settle_or_put_aside(item, d)
  lanes[d.lane] = true
  local fine, answer = pcall(settle, item, d)
  if fine then return answer end
  put_aside(d.lane, item.dlv, reason_of(answer))
  if call('LINDEX', 'a:' .. item.dlv, -1) ~= item.record then keep_record(item) end
  return 'poison'
end

local function judge(item)
  local d = read(item.dlv)
  if not d then poison(item.dlv, 'settled, but a field is missing') return 'poison' end
  if d.settled == item.token then return 'again' end
  if d.state == 'in_flight' and d.token == item.token then return settle_or_put_aside(item, d) end
  if d.late ~= item.token then
    keep_record(item)
    call('HSET', 'd:' .. item.dlv, 'late', item.token)
  end
  return 'late'
end

pass_when_full()
local answers = {}
for i, item in ipairs(ARGS) do
  answers[i] = apart(item.dlv, judge, item) or 'poison'
end
local asleep = ring()
for lane in pairs(lanes) do
  if not touched[lane] then try_schedule(lane) end
end
return {answers, asleep}
