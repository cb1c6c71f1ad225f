-- claim: hands a worker deliveries of one lane, each under a lease and a token (the claim's own id).
-- Args: {lane, worker, claim, want, lease_ms, stint_ms, concurrency, pace_ms, ahead_ms, max_bytes, leaving, tide}.
-- Reads d: e: p: c: t: f: s: o: k: l: tide; writes d: o: l: lanes:due poison.
-- Reply: {rows, ms until the lane next has work (-1: none), of what is ready now: 2 more could be claimed, 1 it waits
-- for a place or for its time, 0 there is none}.
-- Guarantees: no more live leases than `concurrency`; starts `pace_ms` apart; only probes while the breaker is open;
-- a lease that ended comes first, flagged lost if its attempt had begun, as is, once, what was open when Redis fell back
-- to an older state; nothing where Redis's mark is older than `tide`; asked twice, it answers with what is still its own,
-- at the same starts; what can't be read is put aside and stops nothing. Never refused by a full Redis.

local lane, token = ARGS.lane, ARGS.claim
local L, last = 'l:' .. ARGS.lane, 'l:' .. ARGS.lane .. ':last'
local CONFLICT_MS, LOOKED_AT, HEARD = 5000, 256, 20
local LINE = {[':ready'] = true, [':wait'] = true}
local HOMES = {pending = LINE, waiting = LINE, in_flight = {[':fly'] = true}, confirming = LINE}
local AT_REST = {held = {}, dead = {}, delivered = {}, confirming = {}}
local TOLD = {'key', 'once', 'n', 'tries', 'doubt', 'look', 'missed', 'of', 'est', 'nth', 'at'}
local rows, bytes, given = {}, 0, {}
local line, at = {}, 1

-- The first that may be claimed; `many` are taken out at once, and put_back returns those that weren't looked at.
local function next_in_line(many)
  if not line[at] then line, at = call('ZPOPMIN', L .. ':ready', many), 1 end
  at = at + 2
  return line[at - 2]
end

local function put_back()
  for i = at, #line, 2 do later('ZADD', L .. ':ready', line[i + 1], line[i]) end
  line, at = {}, 1
  send_all()
end

-- What was read for an event: names and JSON in turn.
local function documents(evt)
  local found = call('HGETALL', 'f:' .. evt)
  for _, part in ipairs(found) do bytes = bytes + #part end
  return found
end

-- What every delivery has, and then only what this one has more, by name: each value costs Redis and the worker time.
local function row(dlv, d, flags)
  local packed = call('GET', 'e:' .. d.evt)
  if not packed then error('its event ' .. d.evt .. ' is missing', 0) end
  bytes = bytes + #packed
  local came = call('HGET', 's:' .. d.evt, '@') or d.came or '0'
  local fields, first = {dlv, d.evt, d.route, came, packed}, flags.booked
  for _, name in ipairs(TOLD) do
    if d[name] then add(fields, name, d[name]) end
  end
  if d.first then add(fields, 'age', NOW - d.first - (closed_ms(lane) - d.down0)) end
  if d.begun then add(fields, 'rendered', call('GET', 'p:' .. dlv)) end
  if d.got then add(fields, 'fetched', documents(d.evt)) end
  if d.of or d.after then add(fields, 'snapshot', call('GET', 'c:' .. dlv)) end
  add(fields, 'start', flags.start and math.floor(flags.start))
  add(fields, 'lost', flags.lost and 1)
  add(fields, 'probe', flags.probe and 1)
  add(fields, 'reversed', flags.reversed)
  add(fields, 'asked', d.conf and NOW - d.conf)
  add(fields, 'told', d.told and call('LRANGE', 't:' .. dlv, 0, HEARD - 1))
  if first then
    add(fields, 'owner', first.d)
    add(fields, 'document', first.doc)
    add(fields, 'digest', first.sum)
  end
  return fields
end

-- Which other delivery has its business key, or nil where it is this one's now. Without `sum` that one isn't booked, but
-- about it or in doubt.
local function booked(dlv, d)
  if not d.once or call('HSETNX', 'o:' .. lane .. ':' .. d.once, 'd', dlv) == 1 then return nil end
  local o = read_hash('o:' .. lane .. ':' .. d.once, 'd', 'doc', 'sum')
  if o.d and o.d ~= dlv then return o end
end

-- What a reversal finds under the key that it takes back, as {delivery, booked | cancelled | open | doubt | nothing,
-- document, what is known of it}. False where it isn't one, nil while the other is under way.
local function reversed(d)
  if not d.rev then return false end
  if d.undid then return {d.undid, 'cancelled', '', ''} end
  local o = read_hash('o:' .. lane .. ':' .. d.rev, 'd', 'doc', 'sum', 'prior')
  if o.sum then return {o.d, 'booked', o.doc or '', o.prior or ''} end
  local dlv = o.d or call('HGET', L .. ':keys', d.rev)
  local h = dlv and read(dlv)
  if not h or h.once ~= d.rev then return {'', 'nothing', '', ''} end
  if h.state == 'in_flight' or h.state == 'confirming' then return nil end
  return {dlv, h.doubt and 'doubt' or 'open', '', ''}
end

local function wait_a_little(dlv)
  call('ZADD', L .. ':wait', NOW + CONFLICT_MS, dlv)
  call('HSET', 'd:' .. dlv, 'state', 'waiting')
end

-- Waits for the delivery that has the business key. Where that one is parked, it takes its order key now: the two
-- would wait for each other for ever.
local function stand_back(dlv, d, first)
  local h = read(first)
  if not h then put_aside(lane, first, 'a field is missing, and ' .. dlv .. ' waits for it', {once = d.once}) end
  local parked = h and h.state == 'pending' and h.key and call('HGET', L .. ':keys', h.key) ~= first
  if parked and take_key(first, h, true) then
    enter_line(lane, first, h.seq)
    put_back()
    if h.key == d.key then return end
  end
  wait_a_little(dlv)
end

-- Open when Redis came back with an older state: it may have been booked since. In doubt once.
local function fallen(d, l)
  return l.fallen and tonumber(d.seq) <= (tonumber(l.fallen) or FAR) and d.cleared ~= l.fallen
end

local function lease(dlv, d, flags)
  local fresh = row(dlv, d, flags)
  local fields = {'state', 'in_flight', 'token', token}
  if flags.lost then age_from_now(lane, d, fields) end
  -- Should this lease end too, the doubt must not be forgotten.
  add(fields, 'begun', flags.lost and token)
  add(fields, 'lost', flags.lost and token)
  add(fields, 'cleared', flags.fallen)
  call('HSET', 'd:' .. dlv, unpack(fields))
  later('ZADD', L .. ':fly', text(NOW + ARGS.lease_ms + (flags.start or 0)), dlv)
  rows[#rows + 1] = fresh
  given[#given + 1] = dlv .. '@' .. text(NOW + (flags.start or 0))
end

-- One that stands in a part where it doesn't belong goes back to where it does.
local function send_home(part, dlv, d)
  poison(dlv, 'it is ' .. d.state .. ' on ' .. d.lane .. ', and stood in ' .. L .. part)
  call('ZREM', L .. part, dlv)
  local H = 'l:' .. d.lane
  if d.state == 'in_flight' then
    call('ZADD', H .. ':fly', 'NX', NOW, dlv)
  elseif AT_REST[d.state] == nil and not (call('ZSCORE', H .. ':ready', dlv) or call('ZSCORE', H .. ':wait', dlv)) then
    if not d.key or take_key(dlv, d) then enter_line(d.lane, dlv, d.seq) end
  end
  send_all()
  try_schedule(d.lane)
end

-- Runs one step on a delivery, which stood in `part` if that matters; what can't be read is put aside and stops nothing.
local function guarded(part, dlv, step)
  local fine, result = pcall(function()
    local d = read(dlv)
    if not d then error('a field is missing', 0) end
    local at = HOMES[d.state] or AT_REST[d.state]
    if not at then error('its state ' .. d.state .. ' is unknown', 0) end
    if part and (d.lane ~= lane or not at[part]) then return send_home(part, dlv, d) end
    return step(d)
  end)
  if fine then return result end
  put_aside(lane, dlv, reason_of(result))
end

local function take_expired(l)
  for _, dlv in ipairs(call('ZRANGEBYSCORE', L .. ':fly', '-inf', NOW, 'LIMIT', 0, ARGS.want)) do
    guarded(':fly', dlv, function(d)
      local set_back = fallen(d, l)
      if set_back or (d.begun and d.begun == d.token) then
        return lease(dlv, d, {lost = true, probe = l.probe == dlv, fallen = set_back and l.fallen})
      end
      call('ZREM', L .. ':fly', dlv)
      end_probe(lane, dlv)
      call('HSET', 'd:' .. dlv, 'state', 'pending', 'token', '')
      enter_line(lane, dlv, d.seq)
    end)
  end
end

local function take_due()
  for _, dlv in ipairs(call('ZRANGEBYSCORE', L .. ':wait', '-inf', NOW, 'LIMIT', 0, 64)) do
    guarded(':wait', dlv, function(d)
      call('ZREM', L .. ':wait', dlv)
      enter_line(lane, dlv, d.seq)
    end)
  end
end

-- How many leases there is room for: one probe while the breaker is open, none while the lane is closed.
local function room(l)
  if opens_at(l) > NOW then return 0 end
  local free = ARGS.concurrency - call('ZCARD', L .. ':fly')
  if not l.open then return free end
  local probing = l.probe and call('ZSCORE', L .. ':fly', l.probe)
  return probing and 0 or math.min(1, free)
end

-- The start, in ms from now, that the lane's pace gives to the next attempt; nil where that is too far ahead.
local function next_start(l)
  if ARGS.pace_ms <= 0 then return 0 end
  local start = math.max(NOW, tonumber(l.pace) or 0)
  if start - NOW > ARGS.ahead_ms then return nil end
  l.pace = start + ARGS.pace_ms
  return start - NOW
end

local function take_ready(l)
  local left, looked = math.min(ARGS.want - #rows, room(l)), 0
  while left > 0 and looked < LOOKED_AT and bytes < ARGS.max_bytes do
    looked = looked + 1
    local before = l.pace
    local start = next_start(l)
    local dlv = start and next_in_line(left)
    if not dlv then l.pace = before return end
    local leased = guarded(':ready', dlv, function(d)
      local first = booked(dlv, d)
      if first and not first.sum then return stand_back(dlv, d, first.d) end
      local back = reversed(d)
      if back == nil then return wait_a_little(dlv) end
      local lost = not first and fallen(d, l)
      local known = {booked = first, start = start, probe = l.open, reversed = back}
      known.lost, known.fallen = lost, lost and l.fallen
      lease(dlv, d, known)
      if l.open then set_lane(lane, 'probe', dlv) end
      return true
    end)
    if leased then left = left - 1 else l.pace = before end
  end
end

local function again(l)
  local previous = call('HGET', last, ARGS.worker)
  if not previous or string.sub(previous, 1, #token + 1) ~= token .. ' ' then return false end
  for dlv, at in string.gmatch(string.sub(previous, #token + 2), '(%S+)@(%d+)') do
    guarded(nil, dlv, function(d)
      if d.token ~= token or d.state ~= 'in_flight' then return end
      local flags = {lost = d.lost == token, probe = l.probe == dlv}
      flags.start, flags.booked = math.max(0, at - NOW), not flags.lost and booked(dlv, d)
      flags.reversed = reversed(d)
      rows[#rows + 1] = row(dlv, d, flags)
    end)
  end
  return true
end

local function remember(l)
  if #given == 0 then return end
  call('HSET', last, ARGS.worker, token .. ' ' .. table.concat(given, ' '))
  call('PEXPIRE', last, 3600000)
  if l.pace then set_lane(lane, 'pace', l.pace) end
end

local function reply(l)
  local due = schedule(lane)
  local free, ready = room(l) > 0, call('ZCARD', L .. ':ready') > 0
  -- Where every slot is taken, work comes with the next lease that ends; settle's caller claims at once.
  if due <= NOW and not free then due = head(L .. ':fly') or due end
  if due < FAR and l.pace then due = math.max(due, l.pace - ARGS.ahead_ms) end
  local more = due <= NOW and free and ready
  if ARGS.leaving and not more and #rows == 0 then
    if l.by == ARGS.worker then set_lane(lane, 'stint', 0) end
  else
    set_lane(lane, 'stint', NOW + ARGS.stint_ms, 'by', ARGS.worker)
  end
  return {rows, due < FAR and math.max(0, due - NOW) or -1, more and 2 or ready and 1 or 0}
end

local function claim()
  local l = lane_hash(lane)
  if not again(l) then
    take_expired(l)
    take_due()
    send_all()
    take_ready(l)
    put_back()
    remember(l)
  end
  return reply(l)
end

-- The worker knows a newer state than Redis has: nobody has looked yet, so that the lanes aren't paused.
if TIDE < ARGS.tide then return {rows, -1, 0} end
pass_when_full()
local fine, answer = pcall(claim)
put_back()
if fine then return answer end
poison(lane, reason_of(answer))
return {rows, -1, 0}
