-- Lanes: their hashes, their lines, when each next has work, and who is told.

-- A lane's hash is read once in a call. Who changes a field after that does it by set_lane and unset_lane.
local lane_hashes = {}

local function lane_hash(lane)
  local l = lane_hashes[lane]
  if not l then
    l = read_all('l:' .. lane)
    lane_hashes[lane] = l
  end
  return l
end

local function set_lane(lane, ...)
  call('HSET', 'l:' .. lane, ...)
  local l, fields = lane_hash(lane), {...}
  for i = 1, #fields, 2 do l[fields[i]] = tostring(fields[i + 1]) end
end

local function unset_lane(lane, ...)
  call('HDEL', 'l:' .. lane, ...)
  local l = lane_hash(lane)
  for _, name in ipairs({...}) do l[name] = nil end
end

-- What a call writes to sorted sets for one delivery after another goes out at its end, in one command for each set.
local MOST_VALUES = 2000
local unsent = {}

local function send(key)
  local batch = unsent[key]
  unsent[key] = nil
  local fine, fault = pcall(call, batch.command, key, unpack(batch))
  if not fine then poison(key, reason_of(fault)) end
end

local function later(command, key, value, member)
  local batch = unsent[key]
  if batch and (batch.command ~= command or #batch >= MOST_VALUES) then
    send(key)
    batch = nil
  end
  if not batch then
    batch = {command = command}
    unsent[key] = batch
  end
  batch[#batch + 1] = value
  if member then batch[#batch + 1] = member end
end

-- How many deliveries of a lane are open: those that are parked stand in no list of its own. Summed up for a call. Never
-- below none: what a version before stored wasn't counted.
local came_open = {}

local function count_open(lane, before, state)
  local more = (state and not LETTERS[state] and 1 or 0) - (before and not LETTERS[before] and 1 or 0)
  if more ~= 0 then came_open[lane] = (came_open[lane] or 0) + more end
end

local function send_all()
  for key in pairs(unsent) do send(key) end
  for lane, more in pairs(came_open) do
    came_open[lane] = nil
    local live = more ~= 0 and apart('l:' .. lane, call, 'HINCRBY', 'l:' .. lane, 'live', more)
    if live and live <= 0 then call('HDEL', 'l:' .. lane, 'live') end
  end
end

local function head(key)
  local first = call('ZRANGE', key, 0, 0, 'WITHSCORES')
  return first[1] and tonumber(first[2])
end

-- From when a lane may send: now, later (throttled, or open until its next probe), or FAR (paused).
local function opens_at(l)
  if l.paused then return FAR end
  return math.max(NOW, tonumber(l.throttle) or 0, l.open and tonumber(l.probe_at) or 0)
end

-- Writes into lanes:due when the lane next has work, and returns it.
local function schedule(lane)
  local L = 'l:' .. lane
  local from, due = opens_at(lane_hash(lane)), FAR
  if call('ZCARD', L .. ':ready') > 0 then due = from end
  local wait, fly = head(L .. ':wait'), head(L .. ':fly')
  if wait then due = math.min(due, math.max(wait, from)) end
  if fly then due = math.min(due, fly) end
  if due < FAR then call('ZADD', 'lanes:due', due, lane) else call('ZREM', 'lanes:due', lane) end
  return due
end

-- The same for one of several lanes: one that can't be read has no work, and keeps none of the others from theirs.
local function try_schedule(lane)
  return apart(lane, schedule, lane) or FAR
end

local function touch(lane)
  if touched[lane] == nil then touched[lane] = call('ZCARD', 'l:' .. lane .. ':ready') == 0 end
end

local function enter_line(lane, dlv, seq)
  touch(lane)
  later('ZADD', 'l:' .. lane .. ':ready', seq, dlv)
end

-- Arrival numbers. The first one takes as many as this call was said to need; ring gives back what is left.
local expected, next_seq, last_seq = 1, 1, 0

local function expect(many)
  expected = math.max(1, many)
end

local function arrival()
  if next_seq > last_seq then
    last_seq = call('INCRBY', 'seq', expected)
    next_seq, expected = last_seq - expected + 1, 1
  end
  next_seq = next_seq + 1
  return string.format('%d', next_seq - 1)
end

-- Rings the lanes that went from idle to busy; returns those that nobody drains and that a job must wake.
local function ring()
  send_all()
  if next_seq <= last_seq then call('DECRBY', 'seq', last_seq - next_seq + 1) end
  local asleep = {}
  for lane, was_idle in pairs(touched) do
    if was_idle and try_schedule(lane) <= NOW then
      call('PUBLISH', 'bell', lane)
      if (tonumber(lane_hash(lane).stint) or 0) < NOW then asleep[#asleep + 1] = lane end
    end
  end
  return asleep
end
