-- What every script shares. Put in front of each; not run alone.
-- Time is Redis's own, in milliseconds; callers pass durations. Arguments come as one msgpack value.
-- CLOCK is what Redis's clock shows, for people. NOW is the lanes' time, the same until that clock is set back: then NOW
-- goes on from the mark that workers move (see tide), or what was due in a moment would be due after the step.
-- A delivery in `s:{evt}` is one letter: o open, h held, d delivered, x dead; callbacks (ids with '-') don't count.

local call = redis.call
local TIME = call('TIME')
local CLOCK = TIME[1] * 1000 + math.floor(TIME[2] / 1000)
local MARKS = call('MGET', 'tide', 'skew', 'layout')
local TIDE, SKEW = tonumber(MARKS[1] or 0) or 0, tonumber(MARKS[2] or 0) or 0
local NOW = CLOCK >= TIDE and CLOCK or math.max(math.floor(CLOCK + SKEW), TIDE)
local ARGS = cmsgpack.unpack(ARGV[1])
local LETTERS = {held = 'h', delivered = 'd', dead = 'x'}
local FAR = 9e15
local LAYOUT, POISON_KEPT, UNKNOWN = '1', 10000, '?'

-- A Redis that another version of Relay has laid out otherwise: nothing is read and nothing written.
if (MARKS[3] or LAYOUT) ~= LAYOUT then
  return redis.error_reply('LAYOUT this Redis holds another layout of Relay than ' .. LAYOUT)
end

local touched = {}

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

-- A delivery, or nil where it isn't one that can be read.
local function read(dlv)
  local fine, d = pcall(read_hash, 'd:' .. dlv, 'lane', 'route', 'evt', 'seq', 'state', 'key', 'once', 'cont', 'token', 'begun',
    'n', 'tries', 'doubt', 'look', 'missed', 'cleared', 'first', 'down0', 'settled', 'late', 'said', 'of', 'est', 'nth', 'at')
  if fine and d.lane and d.evt and tonumber(d.seq) and d.state then return d end
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
  local from, due = opens_at(read_hash(L, 'paused', 'throttle', 'open', 'probe_at')), FAR
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
  call('ZADD', 'l:' .. lane .. ':ready', seq, dlv)
end

-- Rings the lanes that went from idle to busy; returns those that nobody drains and that a job must wake.
local function ring()
  local asleep = {}
  for lane, was_idle in pairs(touched) do
    if was_idle and try_schedule(lane) <= NOW then
      call('PUBLISH', 'bell', lane)
      if (tonumber(call('HGET', 'l:' .. lane, 'stint')) or 0) < NOW then asleep[#asleep + 1] = lane end
    end
  end
  return asleep
end

local put_aside

-- The order key passes to the earliest follower that may go; a held or dead one that blocks keeps it.
local function hand_over(lane, key, dlv)
  local L = 'l:' .. lane
  if call('HGET', L .. ':keys', key) ~= dlv then return end
  local followers = 'k:' .. lane .. ':' .. key
  while true do
    local next = call('ZPOPMIN', followers)[1]
    if not next then call('HDEL', L .. ':keys', key) return end
    local d = read(next)
    if not d then
      put_aside(lane, next, 'it follows ' .. dlv .. ', and a field is missing', {key = key})
      d = read(next)
    end
    if d and (d.state == 'pending' or (not d.cont and (d.state == 'held' or d.state == 'dead'))) then
      call('HSET', L .. ':keys', key, next)
      if d.state == 'pending' then enter_line(lane, next, d.seq) end
      return
    end
  end
end

-- A reopened delivery takes its order key: from nobody, or from a later one that isn't under way; where it is `urgent`,
-- from an earlier one too.
local function take_key(dlv, d, urgent)
  local L, followers = 'l:' .. d.lane, 'k:' .. d.lane .. ':' .. d.key
  local owner = call('HGET', L .. ':keys', d.key)
  local o = owner and owner ~= dlv and read(owner)
  if o then
    local under_way = o.state == 'in_flight' or o.state == 'confirming'
    if under_way or (not urgent and tonumber(o.seq) < tonumber(d.seq)) then
      call('ZADD', followers, d.seq, dlv)
      return false
    end
    call('ZREM', L .. ':ready', owner)
    call('ZREM', L .. ':wait', owner)
    if o.state == 'waiting' then call('HSET', 'd:' .. owner, 'state', 'pending') end
    call('ZADD', followers, o.seq, owner)
  end
  call('ZREM', followers, dlv)
  call('HSET', L .. ':keys', d.key, dlv)
  return true
end

-- Books or frees a business key when its delivery ends. One in doubt keeps it, until another is known to be booked.
local function close_once(dlv, d, state, document, digest)
  local key = 'o:' .. d.lane .. ':' .. d.once
  local o = read_hash(key, 'd', 'sum')
  if o.d and o.d ~= dlv and (o.sum or state ~= 'delivered') then return end
  if state == 'delivered' then
    call('HSET', key, 'd', dlv, 'doc', document or '', 'sum', digest or o.sum or '-')
  elseif state == 'dead' and not d.doubt and not o.sum then
    call('DEL', key)
  end
end

-- Keeps `ended` true: the events whose every delivery and callback has ended.
local function note_ended(evt)
  local all_ended = true
  for i, value in ipairs(call('HGETALL', 's:' .. evt)) do
    if i % 2 == 0 and (value == 'o' or value == 'h') then all_ended = false end
  end
  if all_ended then call('ZADD', 'ended', NOW, evt) else call('ZREM', 'ended', evt) end
end

-- Moves a delivery to a state: its hash, its letter, and the lane's list of what is held or dead.
local function become(dlv, d, state)
  local L = 'l:' .. d.lane .. ':'
  if d.state == 'held' or d.state == 'dead' then call('ZREM', L .. d.state, dlv) end
  if state == 'held' or state == 'dead' then call('ZADD', L .. state, NOW, dlv) end
  call('HSET', 'd:' .. dlv, 'state', state)
  call('HSET', 's:' .. d.evt, dlv, LETTERS[state] or 'o')
  d.state = state
end

local function event_state(evt)
  local flat, count, total = call('HGETALL', 's:' .. evt), {o = 0, h = 0, d = 0, x = 0}, 0
  for i = 1, #flat, 2 do
    if string.sub(flat[i], 1, 4) == 'dlv_' and not string.find(flat[i], '-', 1, true) then
      count[flat[i + 1]] = count[flat[i + 1]] + 1
      total = total + 1
    end
  end
  if total == 0 then return 'unrouted' end
  if count.h > 0 then return 'held' end
  if count.o > 0 then return 'pending' end
  if count.d == total then return 'delivered' end
  return count.d == 0 and 'dead' or 'partial'
end

-- Stores a new delivery and puts it where its state says; a held or dead one that blocks has its place among its order
-- key's.
local function insert(evt, draft, extra)
  local lane, state = draft.lane, draft.state
  local L, seq = 'l:' .. lane, call('INCR', 'seq')
  local fields = {'lane', lane, 'route', draft.route, 'evt', evt, 'seq', seq, 'state', state}
  local function add(name, value) if value then fields[#fields + 1] = name fields[#fields + 1] = value end end
  add('key', draft.order_key) add('once', draft.once) add('why', draft.reason)
  if not draft.blocks then add('cont', '1') end
  for i = 1, #extra, 2 do add(extra[i], extra[i + 1]) end
  call('HSET', 'd:' .. draft.id, unpack(fields))
  call('HSET', 's:' .. evt, draft.id, LETTERS[state] or 'o')
  if state ~= 'pending' then call('ZADD', L .. ':' .. state, NOW, draft.id) end
  local key = draft.order_key
  if key and (state == 'pending' or draft.blocks) and call('HSETNX', L .. ':keys', key, draft.id) == 0 then
    call('ZADD', 'k:' .. lane .. ':' .. key, seq, draft.id)
  elseif state == 'pending' then
    enter_line(lane, draft.id, seq)
  end
end

-- The status callbacks of one ending, written with it: ids rise, and so does the event's own count of them.
local function call_back(evt, dlv, drafts)
  for _, draft in ipairs(drafts) do
    draft.id = dlv .. '-' .. call('HINCRBY', 'd:' .. dlv, 'cbs', 1)
    draft.order_key, draft.blocks, draft.state = dlv, true, 'pending'
    call('SET', 'c:' .. draft.id, draft.snapshot)
    insert(evt, draft, {'of', dlv, 'at', CLOCK, 'est', event_state(evt), 'nth', call('HINCRBY', 's:' .. evt, '#', 1)})
    call('SADD', 'lanes', draft.lane)
  end
end

-- A probe that ended, or that was never sent, is no probe any more.
local function end_probe(lane, dlv)
  if call('HGET', 'l:' .. lane, 'probe') == dlv then call('HDEL', 'l:' .. lane, 'probe') end
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
  poison(dlv, reason)
  for _, part in ipairs({':ready', ':wait', ':fly'}) do pcall(call, 'ZREM', 'l:' .. lane .. part, dlv) end
  pcall(end_probe, lane, dlv)
  apart(dlv, function()
    local d = made_whole(lane, dlv, known or {})
    call('HSET', 'd:' .. dlv, 'why', 'unreadable: ' .. reason)
    become(dlv, d, 'held')
    if d.key and d.cont then hand_over(d.lane, d.key, dlv) end
    note_ended(d.evt)
  end)
end

-- Time that a lane was closed (paused or open) doesn't count towards `expire`.
local function closed_ms(lane)
  local l = read_hash('l:' .. lane, 'closed_ms', 'closed_since')
  return (tonumber(l.closed_ms) or 0) + (l.closed_since and NOW - (tonumber(l.closed_since) or NOW) or 0)
end

-- Adds it up where the lane closes or is open again.
local function count_closed(lane)
  local L = 'l:' .. lane
  local l = read_hash(L, 'paused', 'open', 'closed_since')
  if (l.paused or l.open) and not l.closed_since then
    call('HSET', L, 'closed_since', NOW)
  elseif l.closed_since and not (l.paused or l.open) then
    call('HSET', L, 'closed_ms', closed_ms(lane))
    call('HDEL', L, 'closed_since')
  end
end
