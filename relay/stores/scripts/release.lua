-- release: a person decides a held, dead or confirming delivery.
-- Args: {dlv, request, as: delivered | retry | dead, document, reason, record, callbacks}.
-- Reads d: s: o: l: k: ; writes these, a: c: ended lanes:due.
-- Reply: {done | again (was asked before) | the state that forbids it | missing, lanes to wake}.
-- Guarantees: an ending frees its order key whatever the route says; a retry sends the same bytes; asked twice under one
-- request, it acts once. Never refused by a full Redis.

local TO = {delivered = 'delivered', retry = 'pending', dead = 'dead'}
pass_when_full()
local dlv = ARGS.dlv
local d = read(dlv)
if not d then return {'missing', {}} end
if d.said == ARGS.request then return {'again', {}} end
if not (d.state == 'dead' or d.state == 'held' or d.state == 'confirming') then return {d.state, {}} end

-- Of one whose hash was lost nobody knows the order key: it is looked for among the lane's.
local function lost_key()
  local flat = call('HGETALL', 'l:' .. d.lane .. ':keys')
  for i = 2, #flat, 2 do
    if flat[i] == dlv then return flat[i - 1] end
  end
end

if d.route == UNKNOWN and not d.key then d.key = lost_key() end
local before, state = d.state, TO[ARGS.as]
call('RPUSH', 'a:' .. dlv, ARGS.record)
call('HSET', 'd:' .. dlv, 'said', ARGS.request)
if ARGS.reason then call('HSET', 'd:' .. dlv, 'why', ARGS.reason) else call('HDEL', 'd:' .. dlv, 'why') end
if ARGS.document and state == 'delivered' then call('HSET', 'd:' .. dlv, 'doc', ARGS.document) end
become(dlv, d, state)
if state == 'pending' then
  call('HDEL', 'd:' .. dlv, 'tries', 'look', 'missed', 'first', 'down0')
  if not d.key or take_key(dlv, d) then enter_line(d.lane, dlv, d.seq) end
else
  d.doubt = nil
  call('HDEL', 'd:' .. dlv, 'doubt')
  if d.once then close_once(dlv, d, state, ARGS.document) end
  if d.key then
    call('ZREM', 'k:' .. d.lane .. ':' .. d.key, dlv)
    hand_over(d.lane, d.key, dlv)
  end
  if state ~= before then call_back(d.evt, dlv, ARGS.callbacks) end
end
note_ended(d.evt)
return {'done', ring()}
