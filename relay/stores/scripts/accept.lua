-- accept: stores a group of events with their deliveries.
-- Args: list of {evt, source, mark, digest, window_ms, on_differs, packed, deliveries, callbacks, differing}.
-- Reads u: ; writes e: s: d: c: k: l: log seq lanes lanes:due, and u: last.
-- Reply: {for each {status, evt, number of deliveries}, lanes to wake}; status: new, duplicate, differs or error.
-- Guarantees: an event is all there or its mark isn't; sent twice, it answers the same; the first write is one
-- that a full Redis refuses.

local RECORD = 8 + 31

-- The event that has this digest under the mark, and the first one; both nil where the mark is new.
local function known(mark, digest)
  local value = call('GET', mark)
  if not value then return nil, nil end
  local same
  for at = 1, #value, RECORD do
    if string.sub(value, at, at + 7) == digest then same = string.sub(value, at + 8, at + RECORD - 1) end
  end
  return same, string.sub(value, 9, RECORD)
end

-- The callbacks come last: they tell the event's state, which all its deliveries make.
local function store(item, event, first)
  for _, draft in ipairs(item.deliveries) do
    if not (item.there and call('EXISTS', 'd:' .. draft.id) == 1) then
      draft.made = true
      insert(event, draft, {})
    end
  end
  for i, draft in ipairs(item.deliveries) do
    local callbacks = draft.made and item.callbacks[i] or {}
    call_back(event, draft.id, 0, callbacks)
    if #callbacks > 0 then call('HSET', 'd:' .. draft.id, 'cbs', #callbacks) end
  end
  -- One that is alone and open has no letters until that changes.
  if #item.deliveries ~= 1 or event.fields[2] ~= 'o' or event.fields[3] then keep_event(event) end
  call('XADD', 'log', '*', 'e', item.evt)
  if not first then return call('SET', item.mark, item.digest .. item.evt, 'PX', text(item.window_ms)) end
  call('APPEND', item.mark, item.digest .. item.evt)
  call('PEXPIRE', item.mark, item.window_ms)
end

local function forget(draft)
  local lane, key = draft.lane, draft.order_key
  send_all()
  for _, place in ipairs({':ready', ':held', ':dead'}) do pcall(call, 'ZREM', 'l:' .. lane .. place, draft.id) end
  if key then
    pcall(call, 'ZREM', 'k:' .. lane .. ':' .. key, draft.id)
    pcall(hand_over, lane, key, draft.id)
  end
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
  if item.there then return end
  send_all()
  call('DEL', 'e:' .. item.evt, 's:' .. item.evt)
  call('ZREM', 'ended', item.evt)
end

-- Only where there is no delivery to say it, the event itself says when it came.
local function event_of(item)
  local draft = item.deliveries[1]
  if item.there and draft then return read_event(draft.id, {evt = item.evt, came = SHOWN}) end
  return {id = item.evt, came = SHOWN, letters = {}, fields = draft and {} or {'@', SHOWN}}
end

local function accept(item)
  item.digest = blob(item.digest)
  local same, first = known(item.mark, item.digest)
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
  item.there = not call('SET', 'e:' .. item.evt, blob(item.packed), 'NX')
  local fine, fault = pcall(store, item, event_of(item), first)
  if not fine then undo(item) error(fault, 0) end
  return {first and 'differs' or 'new', item.evt, #item.deliveries}
end

-- Before the first event that the version before can't read.
if MARKS[3] ~= LAYOUT then call('SET', 'layout', LAYOUT) end
local drafts = 0
for _, item in ipairs(ARGS) do
  drafts = drafts + #item.deliveries
  for _, callbacks in ipairs(item.callbacks) do drafts = drafts + #callbacks end
end
expect(drafts)
local answers = {}
for i, item in ipairs(ARGS) do
  local fine, answer = pcall(accept, item)
  answers[i] = fine and answer or {'error', reason_of(answer), 0}
end
return {answers, ring()}
