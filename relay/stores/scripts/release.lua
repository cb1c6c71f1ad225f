-- release: a person decides a held, dead or confirming delivery, or a reversal cancels one that isn't posted (`undoes`: its id).
-- Args: {dlv, request, as: delivered | retry | dead, document, reason, record, callbacks, follow, undoes}.
-- Reads d: s: o: l: k: ; writes these, a: c: r: t: ended lanes:due.
-- Reply: {done | again (was asked before) | bare (a retry, and the event's body is removed) | the state that forbids it |
-- missing, lanes to wake}.
-- Guarantees: an ending frees its order key whatever the route says; a retry sends the same bytes; asked twice under one
-- request, it acts once. Never refused by a full Redis.

local TO = {delivered = 'delivered', retry = 'pending', dead = 'dead'}
pass_when_full()
local dlv = ARGS.dlv
local d = read(dlv)
if not d then return {'missing', {}} end
if d.said == ARGS.request then return {'again', {}} end
if ARGS.as == 'retry' and call('ZSCORE', 'bare', d.evt) then return {'bare', {}} end
local unposted = ARGS.undoes and not d.doubt and not d.conf and (d.state == 'pending' or d.state == 'waiting')
local decided = ((d.state == 'dead' or d.state == 'held') and not (ARGS.undoes and d.posted)) or (d.state == 'confirming' and not ARGS.undoes)
if not (unposted or decided) then return {d.state, {}} end
if ARGS.undoes then call('HSET', 'd:' .. ARGS.undoes, 'undid', dlv) end

-- Of one whose hash was lost nobody knows the order key: it is looked for among the lane's.
local function lost_key()
  local flat = call('HGETALL', 'l:' .. d.lane .. ':keys')
  for i = 2, #flat, 2 do
    if flat[i] == dlv then return flat[i - 1] end
  end
end

if d.route == UNKNOWN and not d.key then d.key = lost_key() end
local before, state = d.state, TO[ARGS.as]
local event, fields, made = read_event(dlv, d), {'said', ARGS.request}, tonumber(d.cbs) or 0
local ends = state ~= 'pending' and state ~= before
local told = ends and ARGS.callbacks or {}
call('RPUSH', 'a:' .. dlv, blob(ARGS.record))
call('HDEL', 'd:' .. dlv, 'why', 'conf')
call('SREM', 'r:' .. d.evt, dlv)
if before == 'confirming' then
  call('ZREM', 'l:' .. d.lane .. ':wait', dlv)
  call('ZREM', 'l:' .. d.lane .. ':ready', dlv)
end
if d.told and state ~= 'pending' then call('DEL', 't:' .. dlv) end
add(fields, 'why', ARGS.reason)
add(fields, 'doc', state == 'delivered' and ARGS.document)
add(fields, 'cbs', #told > 0 and made + #told)
own_key(d, fields)
quiet = true -- a person knows
become(dlv, d, state, event, fields)
quiet = false
call('HSET', 'd:' .. dlv, unpack(fields))
if state == 'pending' then
  call('HDEL', 'd:' .. dlv, 'tries', 'look', 'missed', 'first', 'down0')
  if not d.key or take_key(dlv, d) then enter_line(d.lane, dlv, d.seq) end
else
  for _, part in ipairs({':ready', ':wait'}) do call('ZREM', 'l:' .. d.lane .. part, dlv) end
  d.doubt = nil
  call('HDEL', 'd:' .. dlv, 'doubt')
  if d.once then close_once(dlv, d, state, ARGS.document) end
  if d.key then
    call('ZREM', 'k:' .. d.lane .. ':' .. d.key, dlv)
    hand_over(d.lane, d.key, dlv)
  end
  event.got = d.got
  follow(event, ends and ARGS.follow or {})
  call_back(event, dlv, made, told)
end
call('ZREM', 'ended', d.evt)
keep_event(event)
return {'done', ring()}
