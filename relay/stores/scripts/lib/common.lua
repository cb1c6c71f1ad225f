-- What every script shares. Put in front of each; not run alone.
-- Time is Redis's own, in milliseconds; callers pass durations. Arguments come as one msgpack value, and blobs beside it.
-- CLOCK is what Redis's clock shows, for people. NOW is the lanes' time, the same until that clock is set back: then NOW
-- goes on from the mark that workers move (see tide), or what was due in a moment would be due after the step.
-- A delivery in `s:{evt}` is one letter: o open, h held, d delivered, x dead, f a document that was read; that one and
-- callbacks (ids with '-') don't count.
-- While an event's only delivery is open there is no `s:{evt}`.

local call = redis.call
local TIME = call('TIME')
local CLOCK = TIME[1] * 1000 + math.floor(TIME[2] / 1000)
local MARKS = call('MGET', 'tide', 'skew', 'layout', 'alerts')
local TIDE, SKEW = tonumber(MARKS[1] or 0) or 0, tonumber(MARKS[2] or 0) or 0
local NOW = CLOCK >= TIDE and CLOCK or math.max(math.floor(CLOCK + SKEW), TIDE)
local STAMP, SHOWN = string.format('%d', NOW), string.format('%d', CLOCK) -- Redis is slow at printing Lua's numbers
local ARGS = cmsgpack.unpack(ARGV[1])
local LETTERS = {held = 'h', delivered = 'd', dead = 'x', fetched = 'f'}
local FAR = 9e15
local LAYOUT, BEFORE, POISON_KEPT, UNKNOWN = '2', '1', 10000, '?'

-- A Redis that another version of Relay has laid out otherwise: nothing is read and nothing written. What the layout
-- before has written is read.
if MARKS[3] and MARKS[3] ~= LAYOUT and MARKS[3] ~= BEFORE then
  return redis.error_reply('LAYOUT this Redis holds another layout of Relay than ' .. LAYOUT)
end

local touched = {}

-- A long value stands beside the others, and its number in its place.
local function blob(number)
  return ARGV[number + 1]
end

-- A whole number as text. Redis and Lua are slow at printing numbers, and in a call most come again.
local texts = {}

local function text(number)
  local known = texts[number] or string.format('%d', number)
  texts[number] = known
  return known
end

-- A write that a full Redis lets through; after it, the other writes of the same script pass too.
local function pass_when_full()
  call('DEL', 'full')
end

local function reason_of(fault)
  return type(fault) == 'table' and fault.err or tostring(fault)
end

-- Notes what can't be read, once, with the time when that was first seen.
local function poison(id, reason)
  if pcall(call, 'ZADD', 'poison', 'NX', NOW, id .. ' ' .. reason) then
    call('ZREMRANGEBYRANK', 'poison', 0, -POISON_KEPT - 1)
  end
end

-- Runs a step that may fail without harm to what it belongs to.
local function apart(id, step, ...)
  local fine, result = pcall(step, ...)
  if fine then return result end
  poison(id, reason_of(result))
end

local function read_hash(key, ...)
  local names, values, found = {...}, call('HMGET', key, ...), {}
  for i, name in ipairs(names) do found[name] = values[i] or nil end
  return found
end

-- All of a small hash. From five fields on it is cheaper than to ask for them by name.
local function read_all(key)
  local flat, found = call('HGETALL', key), {}
  for i = 1, #flat, 2 do found[flat[i]] = flat[i + 1] end
  return found
end

-- A delivery, or nil where it isn't one that can be read.
local function read(dlv)
  local fine, d = pcall(read_all, 'd:' .. dlv)
  if fine and d.lane and d.evt and tonumber(d.seq) and d.state then return d end
end

-- Whether it reads a document; a callback that tells of one isn't one.
local function is_fetch(d)
  return not d.of and string.sub(d.route, 1, 6) == 'fetch:'
end

-- One more of the fields that a single HSET will write; none without a value.
local function add(fields, name, value)
  if value then fields[#fields + 1] = name fields[#fields + 1] = value end
end
