-- Alerts: what is to be told, gathered until it is due. Nothing is noted where no route takes source relay: then there
-- is no `alerts`, whose value is how long a group is gathered, and how long there is rest before the next.
-- alert:{kind}/{subject} is a group that still takes in; alerts:due has it by when it is to be told.

local LISTENS, EXAMPLES, REASONS, REASON_BYTES = MARKS[4], 5, 3, 300
local gather_ms, every_ms = string.match(LISTENS or '', '^(%d+) (%d+)$')
local quiet = false

-- The first reasons, and how often each was given.
local function count_reason(key, reason, many)
  reason = string.sub(reason, 1, REASON_BYTES)
  for i = 1, REASONS do
    call('HSETNX', key, 'reason' .. i, reason)
    if call('HGET', key, 'reason' .. i) == reason then return call('HINCRBY', key, 'times' .. i, many) end
  end
end

local function gather(kind, subject, wait_ms, said)
  local name, many = kind .. '/' .. subject, said.many or 1
  local key = 'alert:' .. name
  local count = call('HINCRBY', key, 'count', many)
  if count == many then
    local rest, noted = call('PTTL', 'rest:' .. name), STAMP .. '.' .. call('INCR', 'alerts:made')
    call('HSET', key, 'kind', kind, 'subject', subject, 'noted', noted, 'since', said.since or SHOWN)
    call('ZADD', 'alerts:due', NOW + math.max(tonumber(wait_ms or gather_ms), rest), name)
  end
  call('HSET', key, 'last', SHOWN)
  if said.example and count <= EXAMPLES then call('HSET', key, 'example' .. count, said.example) end
  if said.reason then count_reason(key, said.reason, many) end
end

-- One more of a group, that is told after `wait_ms`, or when it was gathered. Whatever is wrong with alerts stops nothing.
local function notice(kind, subject, wait_ms, said)
  if LISTENS then apart('alerts', gather, kind, subject, wait_ms, said) end
end

-- A delivery that waits for a person now. Callbacks (of) and alerts (own) tell of others, and nothing tells of them.
local function notice_end(dlv, d, state, reason)
  if not LISTENS or quiet or d.of or d.own then return end
  if state == 'dead' or state == 'held' then
    notice('delivery.' .. state, d.lane, nil, {example = dlv, reason = reason})
  end
end

-- An outage that begins again before its end was told goes on.
local function went_down(lane, reason)
  local name = 'destination.up/' .. lane
  local since = call('HGET', 'alert:' .. name, 'since')
  set_lane(lane, 'told', since or SHOWN)
  if since then return call('DEL', 'alert:' .. name), call('ZREM', 'alerts:due', name) end
  notice('destination.down', lane, 0, {reason = reason})
end

-- Only of what was told that it is down, or that it stopped.
local function came_up(lane, l)
  if not l.told then return end
  notice('destination.up', lane, nil, {since = l.told})
  unset_lane(lane, 'told')
end

-- Compares a lane with how it was before an attempt of a delivery was settled.
local function notice_lane(lane, was_open, was_paused, d)
  local l = lane_hash(lane)
  if l.open and not was_open and not d.own then went_down(lane, l.ill) end
  if was_open and not l.open and not l.paused then came_up(lane, l) end
  if l.paused and not was_paused then
    notice('destination.stopped', lane, 0, {reason = l.paused})
    set_lane(lane, 'told', l.told or SHOWN)
  end
end
