-- What every script shares. Put in front of each; not run alone.
-- Time is Redis's own, in milliseconds; callers pass durations. Arguments come as one msgpack value.
-- CLOCK is what Redis's clock shows, for people. NOW is the lanes' time, the same until that clock is set back: then NOW
-- goes on from the mark that workers move (see tide), or what was due in a moment would be due after the step.
-- A delivery in `s:{evt}` is one letter: o open, h held, d delivered, x dead; callbacks (ids with '-') don't count.
-- While an event's only delivery is open there is no `s:{evt}`.

local call = redis.call
local TIME = call('TIME')
local CLOCK = TIME[1] * 1000 + math.floor(TIME[2] / 1000)
local MARKS = call('MGET', 'tide', 'skew', 'layout')
local TIDE, SKEW = tonumber(MARKS[1] or 0) or 0, tonumber(MARKS[2] or 0) or 0
local NOW = CLOCK >= TIDE and CLOCK or math.max(math.floor(CLOCK + SKEW), TIDE)
local STAMP, SHOWN = string.format('%d', NOW), string.format('%d', CLOCK) -- Redis is slow at printing Lua's numbers
local ARGS = cmsgpack.unpack(ARGV[1])
local LETTERS = {held = 'h', delivered = 'd', dead = 'x'}
local FAR = 9e15
local LAYOUT, BEFORE, POISON_KEPT, UNKNOWN = '2', '1', 10000, '?'

-- A Redis that another version of Relay has laid out otherwise: nothing is read and nothing written. What the layout
-- before has written is read.
if MARKS[3] and MARKS[3] ~= LAYOUT and MARKS[3] ~= BEFORE then
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

-- One more of the fields that a single HSET will write; none without a value.
local function add(fields, name, value)
  if value then fields[#fields + 1] = name fields[#fields + 1] = value end
end

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

local function later(command, key, ...)
  local batch = unsent[key]
  if batch and (batch.command ~= command or #batch >= MOST_VALUES) then
    send(key)
    batch = nil
  end
  if not batch then
    batch = {command = command}
    unsent[key] = batch
  end
  for _, value in ipairs({...}) do batch[#batch + 1] = value end
end

local function send_all()
  for key in pairs(unsent) do send(key) end
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

-- The letters of a delivery's event, and when it came; `fields` are those that keep_event writes.
local function read_event(dlv, d)
  local letters = read_all('s:' .. d.evt)
  if not next(letters) then letters[dlv] = 'o' end
  return {id = d.evt, came = d.came, letters = letters, fields = {}}
end

local function note_letter(event, dlv, state)
  local letter = LETTERS[state] or 'o'
  if event.letters[dlv] ~= letter then add(event.fields, dlv, letter) end
  event.letters[dlv] = letter
end

-- Writes what changed, and into `ended` an event whose every delivery and callback has ended.
local function keep_event(event)
  if #event.fields > 0 then call('HSET', 's:' .. event.id, unpack(event.fields)) end
  for _, letter in pairs(event.letters) do
    if letter == 'o' or letter == 'h' then return end
  end
  call('ZADD', 'ended', NOW, event.id)
end

local function event_state(event)
  local count, total = {o = 0, h = 0, d = 0, x = 0}, 0
  for name, letter in pairs(event.letters) do
    if string.sub(name, 1, 4) == 'dlv_' and not string.find(name, '-', 1, true) then
      count[letter] = count[letter] + 1
      total = total + 1
    end
  end
  if total == 0 then return 'unrouted' end
  if count.h > 0 then return 'held' end
  if count.o > 0 then return 'pending' end
  if count.d == total then return 'delivered' end
  return count.d == 0 and 'dead' or 'partial'
end

-- Moves a delivery to a state: its letter, the lane's list of what is held or dead, and its own `fields`, which the
-- caller writes.
local function become(dlv, d, state, event, fields)
  local L = 'l:' .. d.lane .. ':'
  if d.state == 'held' or d.state == 'dead' then call('ZREM', L .. d.state, dlv) end
  if state == 'held' or state == 'dead' then call('ZADD', L .. state, NOW, dlv) end
  add(fields, 'state', state)
  note_letter(event, dlv, state)
  d.state = state
end

local known_lanes = {}

local function know(lane)
  if not known_lanes[lane] then call('SADD', 'lanes', lane) end
  known_lanes[lane] = true
end

-- Stores a new delivery and puts it where its state says; a held or dead one that blocks has its place among its order
-- key's. Its letter is written by keep_event.
local function insert(event, draft, extra)
  local lane, state = draft.lane, draft.state
  local L, seq = 'l:' .. lane, arrival()
  local fields = {'lane', lane, 'route', draft.route, 'evt', event.id, 'seq', seq, 'state', state}
  add(fields, 'came', event.came)
  add(fields, 'key', draft.order_key)
  add(fields, 'once', draft.once)
  add(fields, 'why', draft.reason)
  add(fields, 'cont', not draft.blocks and '1')
  for i = 1, #extra, 2 do add(fields, extra[i], extra[i + 1]) end
  know(lane)
  call('HSET', 'd:' .. draft.id, unpack(fields))
  note_letter(event, draft.id, state)
  if state ~= 'pending' then call('ZADD', L .. ':' .. state, NOW, draft.id) end
  local key = draft.order_key
  if key and (state == 'pending' or draft.blocks) and call('HSETNX', L .. ':keys', key, draft.id) == 0 then
    call('ZADD', 'k:' .. lane .. ':' .. key, seq, draft.id)
  elseif state == 'pending' then
    enter_line(lane, draft.id, seq)
  end
end

-- The status callbacks of one ending, written with it: ids rise from `made`, and so does the event's own count of them.
local function call_back(event, dlv, made, drafts)
  for _, draft in ipairs(drafts) do
    made = made + 1
    draft.id = dlv .. '-' .. made
    draft.order_key, draft.blocks, draft.state = dlv, true, 'pending'
    call('SET', 'c:' .. draft.id, draft.snapshot)
    local nth = (tonumber(event.letters['#']) or 0) + 1
    insert(event, draft, {'of', dlv, 'at', SHOWN, 'est', event_state(event), 'nth', nth})
    event.letters['#'] = nth
    add(event.fields, '#', nth)
  end
end

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
    become(dlv, d, 'held', event, fields)
    call('HSET', 'd:' .. dlv, unpack(fields))
    if d.key and d.cont then hand_over(d.lane, d.key, dlv) end
    keep_event(event)
    call('ZREM', 'ended', d.evt)
  end)
end

-- Time that a lane was closed (paused or open) doesn't count towards `expire`.
local function closed_ms(lane)
  local l = lane_hash(lane)
  return (tonumber(l.closed_ms) or 0) + (l.closed_since and NOW - (tonumber(l.closed_since) or NOW) or 0)
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
