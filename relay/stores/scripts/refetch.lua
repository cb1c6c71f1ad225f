-- refetch: a person has an event's documents read anew, and a dead or held delivery tried again with them.
-- Args: {evt, request, record, draft: the first fetch, named: that delivery, or the fetch itself}.
-- Reads e: d: s: ; writes d: a: s: r: p: t: k: l: ended lanes:due.
-- Reply: {done | again (was asked before) | pending (its only delivery is open) | bare (the event's body is removed) |
-- missing, lanes to wake}.
-- Guarantees: what is named stays as it is until the documents were read, and is tried again by the step that writes the
-- last of them; a fetch that is open is not begun twice; asked twice under one request, it acts once. Never refused by a
-- full Redis.

local dlv, named = ARGS.draft.id, ARGS.named
local d = read(dlv)

-- Before its source fetched anything, it had none.
local function begin()
  local letters = read_all('s:' .. ARGS.evt)
  if not next(letters) then return 'pending' end
  local came = letters['@'] or call('HGET', 'd:' .. named, 'came') or SHOWN
  local event = {id = ARGS.evt, came = came, letters = letters, fields = {}}
  make(event, ARGS.draft)
  call('HSET', 'd:' .. dlv, 'said', ARGS.request)
  keep_event(event)
  return 'done'
end

local function again()
  if d.said == ARGS.request then return 'again' end
  if d.state ~= 'delivered' and d.state ~= 'dead' and d.state ~= 'held' then return 'done' end
  local event = read_event(dlv, d)
  reopen(dlv, d, event, ARGS.draft, {'said', ARGS.request})
  keep_event(event)
  return 'done'
end

pass_when_full()
if call('EXISTS', 'e:' .. ARGS.evt) == 0 then return {'missing', {}} end
if call('ZSCORE', 'bare', ARGS.evt) then return {'bare', {}} end
local status = (d and again or begin)()
if status == 'done' then
  for id in pairs({[dlv] = true, [named] = true}) do
    if call('LINDEX', 'a:' .. id, -1) ~= blob(ARGS.record) then call('RPUSH', 'a:' .. id, blob(ARGS.record)) end
  end
  if named ~= dlv then call('SADD', 'r:' .. ARGS.evt, named) end
  call('ZREM', 'ended', ARGS.evt)
end
return {status, ring()}
