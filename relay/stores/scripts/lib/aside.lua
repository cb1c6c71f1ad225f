-- What is out of the ordinary: probes, what can't be read, lanes that are closed.

-- A probe that ended, or that was never sent, is no probe any more.
local function end_probe(lane, dlv)
  if lane_hash(lane).probe == dlv then unset_lane(lane, 'probe') end
end

-- A key of another type than it should have is kept as broken:, so that its place can be written again.
local function mend(key, kind)
  local is = call('TYPE', key).ok
  if is ~= 'none' and is ~= kind then call('RENAME', key, 'broken:' .. key) end
end

-- Its hash with what it lacks filled in, as far as that is known, so that it can be seen and released.
local function made_whole(lane, dlv, known)
  local key = 'd:' .. dlv
  mend(key, 'hash') mend('a:' .. dlv, 'list') mend('p:' .. dlv, 'string')
  known.lane, known.evt, known.route, known.state = lane, 'evt_' .. UNKNOWN, UNKNOWN, UNKNOWN
  for name, value in pairs(known) do call('HSETNX', key, name, value) end
  if not tonumber(call('HGET', key, 'seq')) then call('HSET', key, 'seq', 0) end
  local d = read(dlv)
  mend('s:' .. d.evt, 'hash')
  if d.once then mend('o:' .. d.lane .. ':' .. d.once, 'hash') end
  if d.key then mend('k:' .. d.lane .. ':' .. d.key, 'zset') end
  return d
end

-- Nothing more is sent of what can't be read: a person decides. Its order key goes on only where its hash says so.
function put_aside(lane, dlv, reason, known)
  send_all()
  poison(dlv, reason)
  for _, part in ipairs({':ready', ':wait', ':fly'}) do pcall(call, 'ZREM', 'l:' .. lane .. part, dlv) end
  pcall(end_probe, lane, dlv)
  apart(dlv, function()
    local d = made_whole(lane, dlv, known or {})
    local event, fields = read_event(dlv, d), {'why', 'unreadable: ' .. reason}
    become(dlv, d, 'held', event, fields, 'unreadable: ' .. reason)
    call('HSET', 'd:' .. dlv, unpack(fields))
    if d.key and d.cont then hand_over(d.lane, d.key, dlv) end
    keep_event(event)
    call('ZREM', 'ended', d.evt)
  end)
  send_all()
end

-- Time that a lane was closed (paused or open) doesn't count towards `expire`.
local function closed_ms(lane)
  local l = lane_hash(lane)
  return (tonumber(l.closed_ms) or 0) + (l.closed_since and NOW - (tonumber(l.closed_since) or NOW) or 0)
end

-- What is tried again ages from its first attempt's end on.
local function age_from_now(lane, d, fields)
  if d.first then return end
  add(fields, 'first', STAMP)
  add(fields, 'down0', closed_ms(lane))
end

-- Adds it up where the lane closes or is open again.
local function count_closed(lane)
  local l = lane_hash(lane)
  if (l.paused or l.open) and not l.closed_since then
    set_lane(lane, 'closed_since', STAMP)
  elseif l.closed_since and not (l.paused or l.open) then
    set_lane(lane, 'closed_ms', closed_ms(lane))
    unset_lane(lane, 'closed_since')
  end
end
