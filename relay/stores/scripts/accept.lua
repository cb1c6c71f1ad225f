-- accept: stores a group of events with their deliveries.
-- Args: list of {evt, source, mark, digest, window_ms, on_differs, packed, deliveries, callbacks, differing}, or of
-- {post, whole, entries}: the events of one POST, each of them like that, all of which are stored or none.
-- Reads u: ; writes e: s: d: c: k: l: w: log seq lanes lanes:due, and u: last.
-- Reply: {for each {status, evt, number of deliveries}, or a list of these; lanes to wake}; status: new, duplicate,
-- differs or error.
-- Guarantees: an event is all there or its mark isn't; sent twice, it answers the same; the first write is one
-- that a full Redis refuses.

local RECORD = 8 + 31

-- The event that has this digest under the mark, and the first one; both nil where the mark is new.
local function known(value, digest)
  if not value then return nil, nil end
  local same
  for at = 1, #value, RECORD do
    if string.sub(value, at, at + 7) == digest then same = string.sub(value, at + 8, at + RECORD - 1) end
  end
  return same, string.sub(value, 9, RECORD)
end

local function notice_unrouted(item)
  notice('event.unrouted', string.match(item.mark, '^u:([^:]*)'), nil, {example = item.evt})
end

-- The callbacks come last: they tell the event's state, which all its deliveries make.
local function store(item, event)
  for _, draft in ipairs(item.deliveries) do
    if not (item.there and call('EXISTS', 'd:' .. draft.id) == 1) then
      draft.made = true
      make(event, draft)
    end
  end
  for i, draft in ipairs(item.deliveries) do
    local callbacks = draft.made and item.callbacks[i] or {}
    call_back(event, draft.id, 0, callbacks)
    if #callbacks > 0 then call('HSET', 'd:' .. draft.id, 'cbs', #callbacks) end
  end
  if LISTENS and #item.deliveries == 0 and not (item.there or event.own) then notice_unrouted(item) end
  -- One that is alone and open has no letters until that changes.
  if #item.deliveries ~= 1 or event.fields[2] ~= 'o' or event.fields[3] then keep_event(event) end
end

local function log(item)
  item.logged = call('XADD', 'log', '*', 'e', item.evt)
end

local function mark(item)
  item.marked = true
  if not item.first then return call('SET', item.mark, item.digest .. item.evt, 'PX', text(item.window_ms)) end
  call('APPEND', item.mark, item.digest .. item.evt)
  call('PEXPIRE', item.mark, item.window_ms)
end

local function unmark(item)
  if not item.first then return call('DEL', item.mark) end
  local value = call('GET', item.mark)
  if string.sub(value, -31) == item.evt then call('SET', item.mark, string.sub(value, 1, -RECORD - 1), 'KEEPTTL') end
end

local function forget(draft)
  local lane, key = draft.lane, draft.order_key
  send_all()
  for _, place in ipairs({':ready', ':held', ':dead'}) do pcall(call, 'ZREM', 'l:' .. lane .. place, draft.id) end
  if key then
    pcall(call, 'ZREM', 'k:' .. lane .. ':' .. key, draft.id)
    pcall(hand_over, lane, key, draft.id)
  end
  count_open(lane, call('HGET', 'd:' .. draft.id, 'state'), nil)
  call('DEL', 'd:' .. draft.id, 'c:' .. draft.id)
end

-- What an error left half written must neither be sent nor stand before others: nobody was told that it was accepted.
local function undo(item)
  for i, draft in ipairs(item.deliveries) do
    for _, callback in ipairs(item.callbacks[i] or {}) do
      if callback.id then forget(callback) end
    end
    if draft.made then forget(draft) end
  end
  if item.marked then unmark(item) end
  if item.logged then call('XDEL', 'log', item.logged) end
  if item.there then return end
  send_all()
  call('DEL', 'e:' .. item.evt, 's:' .. item.evt)
  call('ZREM', 'ended', item.evt)
end

-- Only where there is no delivery to say it, the event itself says when it came.
local function event_of(item)
  local draft, own = item.deliveries[1], string.sub(item.mark, 1, 8) == 'u:relay:' and '1' or nil
  if item.there and draft then return read_event(draft.id, {evt = item.evt, came = SHOWN, own = own}) end
  return {id = item.evt, came = SHOWN, own = own, letters = {}, fields = draft and {} or {'@', SHOWN}}
end

-- The answer, and whether the event is still to be stored. `marked`: what is under its mark.
local function judged(item, marked)
  item.digest = blob(item.digest)
  local same, first = known(marked, item.digest)
  if same and same ~= item.evt then return {'duplicate', same, #item.deliveries} end
  if same then return {same == first and 'new' or 'differs', same, #item.deliveries} end
  if first and item.on_differs == 'ignore' then return {'duplicate', first, 0} end
  if first then
    for i, draft in ipairs(item.deliveries) do
      if draft.state == 'pending' then
        item.callbacks[i] = item.differing[i]
        draft.state, draft.reason = 'held', 'differs: the same id came before with another body (' .. first .. ')'
      end
    end
  end
  item.first = first
  return {first and 'differs' or 'new', item.evt, #item.deliveries}, true
end

-- The first write. Where a full Redis refuses it nothing is undone: that would be a write that it lets through, and all
-- that follow it.
local function keep(item)
  item.there = not call('SET', 'e:' .. item.evt, blob(item.packed), 'NX')
end

local function write(item)
  store(item, event_of(item))
  log(item)
  mark(item)
end

local function accept(item)
  local answer, fresh = judged(item, call('GET', item.mark))
  if not fresh then return answer end
  keep(item)
  local fine, fault = pcall(write, item)
  if not fine then undo(item) error(fault, 0) end
  return answer
end

-- The POST itself, with the ids of all that it held and the number of those that it is kept for.
local function keep_whole(batch, answers, made)
  local ids = {}
  for i, answer in ipairs(answers) do ids[i] = answer[2] end
  batch.there = call('EXISTS', 'w:' .. batch.post) == 1
  call('HSET', 'w:' .. batch.post, 'body', blob(batch.whole), 'events', table.concat(ids, ' '), 'left', #made)
end

-- Two items may have one mark: the second sees what the first is about to write there.
local function accept_each(batch, answers, made)
  local ahead = {}
  for i, item in ipairs(batch.entries) do
    local marked = ahead[item.mark] or call('GET', item.mark)
    local answer, fresh = judged(item, marked)
    answers[i] = answer
    if fresh then
      keep(item)
      made[#made + 1] = item
      store(item, event_of(item))
      ahead[item.mark] = (marked or '') .. item.digest .. item.evt
    end
  end
  if #made == 0 then return end
  keep_whole(batch, answers, made)
  for _, item in ipairs(made) do log(item) end
  for _, item in ipairs(made) do mark(item) end
end

local function accept_all(batch)
  local answers, made = {}, {}
  local fine, fault = pcall(accept_each, batch, answers, made)
  if fine then return answers end
  for i = #made, 1, -1 do undo(made[i]) end
  if batch.there == false then call('DEL', 'w:' .. batch.post) end
  error(fault, 0)
end

-- Before the first event that the version before can't read.
if MARKS[3] ~= LAYOUT then call('SET', 'layout', LAYOUT) end
local drafts = 0
local function count(item)
  drafts = drafts + #item.deliveries
  for _, callbacks in ipairs(item.callbacks) do drafts = drafts + #callbacks end
end
for _, item in ipairs(ARGS) do
  if item.entries then
    for _, one in ipairs(item.entries) do count(one) end
  else
    count(item)
  end
end
expect(drafts)
local answers = {}
for i, item in ipairs(ARGS) do
  local fine, answer = pcall(item.entries and accept_all or accept, item)
  answers[i] = fine and answer or {'error', reason_of(answer), 0}
end
return {answers, ring()}
