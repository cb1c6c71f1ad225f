-- Events and their deliveries: states, new ones, and the callbacks that tell of them.

-- The letters of a delivery's event, and when it came; `fields` are those that keep_event writes.
local function read_event(dlv, d)
  local letters = read_all('s:' .. d.evt)
  if not next(letters) then letters[dlv] = 'o' end
  return {id = d.evt, came = d.came, own = d.own, letters = letters, fields = {}}
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
  later('ZADD', 'ended', STAMP, event.id)
end

local function event_state(event)
  local count, total = {o = 0, h = 0, d = 0, x = 0}, 0
  for name, letter in pairs(event.letters) do
    if letter ~= 'f' and string.sub(name, 1, 4) == 'dlv_' and not string.find(name, '-', 1, true) then
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

-- Moves a delivery to a state, for a `reason`: its letter, the lane's list of what is held or dead, what is told of it,
-- and its own `fields`, which the caller writes.
local function become(dlv, d, state, event, fields, reason)
  local L = 'l:' .. d.lane .. ':'
  if d.state == 'held' or d.state == 'dead' then call('ZREM', L .. d.state, dlv) end
  if state == 'held' or state == 'dead' then call('ZADD', L .. state, NOW, dlv) end
  add(fields, 'state', state)
  count_open(d.lane, d.state, state)
  note_letter(event, dlv, state == 'delivered' and is_fetch(d) and 'fetched' or state)
  d.state = state
  notice_end(dlv, d, state, reason)
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
  add(fields, 'rev', draft.reverses)
  add(fields, 'own', event.own)
  add(fields, 'cont', not draft.blocks and '1')
  for i = 1, #extra, 2 do add(fields, extra[i], extra[i + 1]) end
  know(lane)
  call('HSET', 'd:' .. draft.id, unpack(fields))
  count_open(lane, nil, state)
  note_letter(event, draft.id, state)
  if state ~= 'pending' then
    call('ZADD', L .. ':' .. state, NOW, draft.id)
    notice_end(draft.id, {lane = lane, own = event.own}, state, draft.reason)
  end
  local key = draft.order_key
  if key and (state == 'pending' or draft.blocks) and call('HSETNX', L .. ':keys', key, draft.id) == 0 then
    call('ZADD', 'k:' .. lane .. ':' .. key, seq, draft.id)
  elseif state == 'pending' then
    enter_line(lane, draft.id, seq)
  end
end

-- The first callback of a delivery has no order key while it is the only one. Another that follows gives it one, which
-- it keeps until it was delivered.
local function key_first(event, dlv, lane)
  local first = dlv .. '-1'
  if event.letters[first] == 'd' then return end
  local d = apart(first, read_hash, 'd:' .. first, 'lane', 'key') or {}
  if d.key then return end
  apart(first, call, 'HSET', 'd:' .. first, 'key', dlv)
  call('HSETNX', 'l:' .. (d.lane or lane) .. ':keys', dlv, first)
end

-- The same when a person decides on it.
local function own_key(d, fields)
  if d.key or not d.of then return end
  d.key = d.of
  add(fields, 'key', d.of)
end

-- The status callbacks of one ending, written with it: ids rise from `made`, and so does the event's own count of them.
local function call_back(event, dlv, made, drafts)
  local key = (made > 0 or #drafts > 1) and dlv or nil
  if made == 1 and drafts[1] then key_first(event, dlv, drafts[1].lane) end
  for _, draft in ipairs(drafts) do
    made = made + 1
    draft.id = dlv .. '-' .. made
    draft.order_key, draft.blocks, draft.state = key, true, 'pending'
    call('SET', 'c:' .. draft.id, blob(draft.snapshot))
    local nth = text((tonumber(event.letters['#']) or 0) + 1)
    insert(event, draft, {'of', dlv, 'at', SHOWN, 'est', event_state(event), 'nth', nth})
    event.letters['#'] = nth
    add(event.fields, '#', nth)
  end
end

-- Stores a new delivery, and for one that follows another what it sees of that one. `got`: documents were read for it.
local function make(event, draft)
  local extra = {}
  if draft.prior then
    call('SET', 'c:' .. draft.id, blob(draft.prior))
    add(extra, 'after', draft.after)
  end
  add(extra, 'got', event.got)
  insert(event, draft, extra)
end

-- Has it tried again, rendered anew; attempts are kept. `draft`: what its route says today, of which one that was born
-- dead without keys takes them. It takes its order key again.
local function reopen(dlv, d, event, draft, fields)
  call('DEL', 'p:' .. dlv, 't:' .. dlv)
  call('HDEL', 'd:' .. dlv, 'why', 'posted', 'conf', 'told', 'tries', 'look', 'missed', 'first', 'down0')
  if draft and not (d.key or d.once or d.n) then
    d.key, d.once = draft.order_key, draft.once
    add(fields, 'key', d.key)
    add(fields, 'once', d.once)
    add(fields, 'cont', not draft.blocks and '1')
  end
  own_key(d, fields)
  add(fields, 'got', event.got)
  become(dlv, d, 'pending', event, fields)
  call('HSET', 'd:' .. dlv, unpack(fields))
  if not d.key or take_key(dlv, d) then enter_line(d.lane, dlv, d.seq) end
end

-- What is made by another's end. One that is there was made by an ending before this one; a fetch is then made again.
local function follow(event, drafts)
  local made = {}
  for _, draft in ipairs(drafts) do
    local d = read(draft.id)
    if not d and call('EXISTS', 'd:' .. draft.id) == 0 then
      make(event, draft)
      made[#made + 1] = draft
    elseif d and is_fetch(d) and (d.state == 'delivered' or d.state == 'dead' or d.state == 'held') then
      reopen(draft.id, d, event, draft, {})
    end
  end
  for _, draft in ipairs(made) do
    call_back(event, draft.id, 0, draft.callbacks)
    if #draft.callbacks > 0 then call('HSET', 'd:' .. draft.id, 'cbs', #draft.callbacks) end
  end
end
