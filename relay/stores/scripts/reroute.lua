-- reroute: a person has a stored event routed by the file of today, and what it lacks is made.
-- Args: {evt, record, made: as settle's `follow`, known: ids that the event has, instead: of these, those that never had a
-- lane and are replaced, got: documents were read for it}.
-- Reads e: d: s: ; writes d: a: c: s: k: l: ended lanes:due.
-- Reply: {done | missing, ids that were made, lanes to wake}.
-- Guarantees: what is there stays as it is, whatever its state; asked twice, it makes nothing twice. Never refused by a
-- full Redis.

-- While an event's only delivery is open it has no letters: its letter is written now that there are more.
local function stored()
  local letters, fields, came, own = read_all('s:' .. ARGS.evt), {}, nil, nil
  for _, dlv in ipairs(ARGS.known) do
    local d = read(dlv)
    if d then
      came, own = came or d.came, own or d.own
      if not letters[dlv] then
        letters[dlv] = LETTERS[d.state] or 'o'
        add(fields, dlv, letters[dlv])
      end
    end
  end
  came = letters['@'] or came or SHOWN
  return {id = ARGS.evt, came = came, own = own, letters = letters, fields = fields, got = ARGS.got and '1'}
end

-- One that was born dead because its route didn't say where to: the route says so now.
local function take_out(event, dlv)
  local d = read(dlv)
  if not d or d.state ~= 'dead' then return end
  call('ZREM', 'l:' .. d.lane .. ':dead', dlv)
  call('DEL', 'd:' .. dlv, 'a:' .. dlv)
  call('HDEL', 's:' .. ARGS.evt, dlv)
  event.letters[dlv] = nil
end

pass_when_full()
if call('EXISTS', 'e:' .. ARGS.evt) == 0 then return {'missing', {}, {}} end
local event, made = stored(), {}
for _, draft in ipairs(ARGS.made) do
  if call('EXISTS', 'd:' .. draft.id) == 0 then made[#made + 1] = draft.id end
end
follow(event, ARGS.made)
for _, dlv in ipairs(made) do call('RPUSH', 'a:' .. dlv, blob(ARGS.record)) end
if #made > 0 then
  for _, dlv in ipairs(ARGS.instead) do take_out(event, dlv) end
  call('ZREM', 'ended', ARGS.evt)
  keep_event(event)
end
return {'done', made, ring()}
