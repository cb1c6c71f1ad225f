-- alerts: says whether anybody listens, that a worker lives, and takes what is due to be told.
-- Args: {listens, gather_ms, every_ms, worker: its name or nil, lost_ms, want, lease_ms}. Reads and writes alerts alert:
-- alerts:due alerts:taken alerts:made rest: alive.
-- Reply: {id, {name, value, …}} for each that is taken. Guarantees: what was taken changes no more, and is taken again
-- under the same id after `lease_ms` unless it was told; where nobody listens all of it is forgotten. Never refused by a
-- full Redis.

local AWAY_MS, MOST_LOST = 5000, 100
local rows = {}

local function forget()
  for _, set in ipairs({'alerts:due', 'alerts:taken'}) do
    for _, name in ipairs(call('ZRANGE', set, 0, -1)) do call('DEL', 'alert:' .. name) end
  end
  call('DEL', 'alerts', 'alerts:due', 'alerts:taken', 'alerts:made', 'alive')
end

local function listen()
  local wanted = ARGS.gather_ms .. ' ' .. ARGS.every_ms
  if LISTENS ~= wanted then call('SET', 'alerts', wanted) end
  LISTENS, gather_ms, every_ms = wanted, ARGS.gather_ms, ARGS.every_ms
end

-- Workers that said nothing for long. Where none did, Redis was away, or all were: then each is given its time anew.
local function look_for_lost(worker)
  local latest = call('ZREVRANGE', 'alive', 0, 0, 'WITHSCORES')
  if latest[2] and NOW - latest[2] > AWAY_MS then
    for _, name in ipairs(call('ZRANGE', 'alive', 0, -1)) do call('ZADD', 'alive', NOW, name) end
  end
  call('ZADD', 'alive', NOW, worker)
  for _, name in ipairs(call('ZRANGEBYSCORE', 'alive', '-inf', NOW - ARGS.lost_ms, 'LIMIT', 0, MOST_LOST)) do
    call('ZREM', 'alive', name)
    notice('worker.lost', '', nil, {example = name})
  end
end

-- From now on another group is gathered under its name; what tells of a destination's state needs no rest before it.
local function freeze(name)
  call('ZREM', 'alerts:due', name)
  local id = name .. '@' .. call('HGET', 'alert:' .. name, 'noted')
  call('RENAME', 'alert:' .. name, 'alert:' .. id)
  local rests = string.sub(name, 1, 12) ~= 'destination.' and ARGS.every_ms > 0
  if rests then call('SET', 'rest:' .. name, 1, 'PX', every_ms) end
  return id
end

local function take(set, step)
  for _, name in ipairs(call('ZRANGEBYSCORE', set, '-inf', NOW, 'LIMIT', 0, ARGS.want - #rows)) do
    apart(name, function()
      local id = step(name)
      call('ZADD', 'alerts:taken', NOW + ARGS.lease_ms, id)
      rows[#rows + 1] = {id, call('HGETALL', 'alert:' .. id)}
    end)
  end
end

pass_when_full()
if not ARGS.listens then
  if LISTENS then forget() end
  return rows
end
listen()
if ARGS.worker then look_for_lost(ARGS.worker) end
take('alerts:taken', function(id) return id end)
take('alerts:due', freeze)
return rows
