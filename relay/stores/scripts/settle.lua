-- settle: writes what attempts came to, and all that follows from it.
-- Args: list of {dlv, token, state, record, delay_ms, counts, doubt, anew, posted, look, missed, heard, is_attempt, rendered, document, reason, digest, callbacks, follow, prior, fetched, unrouted,
--   effect: answers | fails | stops | none, throttle_ms, rejected, limits: {failures, probe_ms, cap_ms, stop_after}}.
-- Reads d: s: o: k: l: t: r: ; writes these, a: c: f: p: ended lanes:due.
-- Reply: {for each done | again (was settled before) | late (kept as evidence) | poison (put aside), lanes to wake,
--   {lane, opened | closed | stopped} for each that changed}.
-- Guarantees: a state changes only under its own token, once; the next of the order key, the business key, the
-- callback, what follows it and the lane's breaker change with it; a document that was read is there with what it leads
-- to. Never refused by a full Redis.

local ATTEMPTS_KEPT = 200
-- What an item leaves out. Most leave out most: to unpack a field costs as much as to read one from Redis.
local UNSAID = {__index = {effect = 'none', delay_ms = 0, throttle_ms = 0, look = 0, missed = 0, heard = 0,
  is_attempt = true, callbacks = {}, follow = {}}}
local lanes, changes = {}, {}

local function keep_record(item)
  local kept = call('RPUSH', 'a:' .. item.dlv, blob(item.record))
  if kept > ATTEMPTS_KEPT then call('LTRIM', 'a:' .. item.dlv, -ATTEMPTS_KEPT, -1) end
end

local function note(item, d)
  local fields = {'n', text((tonumber(d.n) or 0) + (item.is_attempt and 1 or 0)), 'settled', item.token}
  if item.state == 'waiting' then age_from_now(d.lane, d, fields) end
  add(fields, 'tries', item.counts and (tonumber(d.tries) or 0) + 1)
  add(fields, 'doubt', item.doubt and '1')
  add(fields, 'posted', item.posted and '1')
  add(fields, 'conf', item.state == 'confirming' and not d.conf and STAMP)
  -- What is kept of one that never began: no token is that, and claim looks for what is kept only where this stands.
  add(fields, 'begun', item.rendered and '-')
  add(fields, 'doc', item.document)
  add(fields, 'why', item.reason or (d.why and ''))
  if item.look > 0 or d.look then
    add(fields, 'look', item.look)
    add(fields, 'missed', item.missed)
  end
  d.doubt = d.doubt or item.doubt
  return fields
end

-- Whether something was posted about it that nobody has judged; once it has ended nobody will.
local function hears(item, d)
  local key = 't:' .. item.dlv
  if LETTERS[item.state] then call('DEL', key) return false end
  call('LTRIM', key, item.heard, -1)
  return call('EXISTS', key) == 1
end

local function wait_or_end(item, d)
  local L = 'l:' .. d.lane
  later('ZREM', L .. ':fly', item.dlv)
  if item.anew then call('DEL', 'p:' .. item.dlv) end
  if item.rendered then call('SET', 'p:' .. item.dlv, blob(item.rendered)) end
  if d.conf and item.state ~= 'confirming' then call('HDEL', 'd:' .. item.dlv, 'conf') end
  local told = d.told and hears(item, d)
  if item.state == 'waiting' or (item.state == 'confirming' and item.delay_ms > 0) then
    later('ZADD', L .. ':wait', NOW + (told and item.state == 'confirming' and 0 or item.delay_ms), item.dlv)
  end
  if d.once then close_once(item.dlv, d, item.state, item.document, item.digest, item.prior and blob(item.prior)) end
  local ended = item.state == 'delivered' or ((item.state == 'dead' or item.state == 'held') and d.cont)
  if d.key and ended then hand_over(d.lane, d.key, item.dlv) end
end

local function open(lane, item, times)
  local delay = math.min(item.limits.cap_ms, item.limits.probe_ms * 2 ^ (times - 1))
  local since = lane_hash(lane).opened or STAMP
  if not lane_hash(lane).open then changes[#changes + 1] = {lane, 'opened'} end
  set_lane(lane, 'open', times, 'probe_at', NOW + delay, 'opened', since, 'ill', item.reason or '')
end

local function breaker(lane, item)
  local l = lane_hash(lane)
  if item.effect == 'answers' then
    if l.open then changes[#changes + 1] = {lane, 'closed'} end
    if l.open or l.failures then unset_lane(lane, 'open', 'failures', 'probe', 'probe_at', 'opened', 'ill') end
  elseif item.effect ~= 'none' and not l.open then
    local failures = (tonumber(l.failures) or 0) + 1
    set_lane(lane, 'failures', failures)
    if item.effect == 'stops' or failures >= item.limits.failures then open(lane, item, 1) end
  elseif item.effect ~= 'none' and l.probe == item.dlv then
    open(lane, item, (tonumber(l.open) or 0) + 1)
  end
  end_probe(lane, item.dlv)
end

-- Different documents refused in a row for one reason: the fault is the lane's, and it waits for a person.
local function count_rejected(lane, item)
  local taken = item.state == 'delivered' -- what is only accepted may still be refused
  if not (taken or item.rejected) then return end
  local l, reason = lane_hash(lane), item.reason or ''
  if taken and l.refused then unset_lane(lane, 'refused', 'refusal', 'refuser') end
  if taken then return end
  if l.refuser == item.dlv and l.refusal == reason then return end
  local count = l.refusal == reason and (tonumber(l.refused) or 0) + 1 or 1
  set_lane(lane, 'refused', count, 'refusal', reason, 'refuser', item.dlv)
  if item.limits.stop_after > 0 and count >= item.limits.stop_after then
    set_lane(lane, 'paused', 'stopped: ' .. count .. ' documents in a row were refused: ' .. reason)
    unset_lane(lane, 'refused', 'refusal', 'refuser')
    changes[#changes + 1] = {lane, 'stopped'}
  end
end

-- Several answers may ask for a pause: the longest holds.
local function throttle(lane, till)
  if (tonumber(lane_hash(lane).throttle) or 0) < till then set_lane(lane, 'throttle', till) end
end

local function tell_lane(lane, item, d)
  local l = lane_hash(lane)
  local was_open, was_paused = l.open, l.paused
  breaker(lane, item)
  count_rejected(lane, item)
  if item.throttle_ms > 0 then throttle(lane, NOW + item.throttle_ms) end
  count_closed(lane)
  if LISTENS then notice_lane(lane, was_open, was_paused, d) end
end

local function is_last(item)
  for _, draft in ipairs(item.follow) do
    if is_fetch(draft) then return false end
  end
  return true
end

-- What a person named when the documents were to be read anew, where today's routes still bring it here; a follower
-- stays what it is.
local function try_named(event, item)
  local drafts = {}
  for _, draft in ipairs(item.follow) do drafts[draft.id] = draft end
  for _, dlv in ipairs(call('SMEMBERS', 'r:' .. event.id)) do
    apart(dlv, function()
      local d, draft = read(dlv), drafts[dlv]
      if not d or d.posted or not (d.state == 'dead' or d.state == 'held') then return end
      local routed = draft and draft.state == 'pending' or d.after and (d.key or d.once or d.n)
      if routed then reopen(dlv, d, event, draft, {}) end
    end)
  end
  call('DEL', 'r:' .. event.id)
end

local function settle(item, d)
  local event, fields = read_event(item.dlv, d), note(item, d)
  keep_record(item)
  become(item.dlv, d, item.state, event, fields, item.reason)
  local made = tonumber(d.cbs) or 0
  if #item.callbacks > 0 then add(fields, 'cbs', text(made + #item.callbacks)) end
  call('HSET', 'd:' .. item.dlv, unpack(fields))
  wait_or_end(item, d)
  apart(d.lane, tell_lane, d.lane, item, d)
  event.got = d.got
  if item.fetched then
    event.got = '1'
    call('HSET', 'f:' .. d.evt, string.sub(d.route, 7), blob(item.fetched))
    if is_last(item) then try_named(event, item) end
  end
  follow(event, item.follow)
  call_back(event, item.dlv, made, item.callbacks)
  if item.unrouted and event_state(event) == 'unrouted' then
    notice('event.unrouted', item.unrouted, nil, {example = d.evt})
  end
  apart(d.evt, keep_event, event)
  return 'done'
end

-- Its record may hold the voucher's number, and is kept though nothing else could be written.
local function settle_or_put_aside(item, d)
  lanes[d.lane] = true
  local fine, answer = pcall(settle, item, d)
  if fine then return answer end
  put_aside(d.lane, item.dlv, reason_of(answer))
  if call('LINDEX', 'a:' .. item.dlv, -1) ~= blob(item.record) then keep_record(item) end
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
local made = 0
for _, item in ipairs(ARGS) do
  setmetatable(item, UNSAID)
  made = made + #item.callbacks + #item.follow
end
expect(made)
local answers = {}
for i, item in ipairs(ARGS) do
  answers[i] = apart(item.dlv, judge, item) or 'poison'
end
local asleep = ring()
for lane in pairs(lanes) do
  if not touched[lane] then try_schedule(lane) end
end
return {answers, asleep, changes}
