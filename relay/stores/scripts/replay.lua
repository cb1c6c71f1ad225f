-- replay: a person makes a dead or held delivery be tried again, rendered anew; a delivered one, or one whose first step
-- is done, only with `again`.
-- Args: {dlv, request, again, record, keys: {order_key, once, blocks} of one that was born dead without them}. Reads d: s: l: k: ; writes these, a: p: t: ended lanes:due.
-- Reply: {done | again (was asked before) | bare (the event's body is removed) | the state that forbids it | missing, lanes
-- to wake}.
-- Guarantees: attempts are kept; it takes its order key again; asked twice under one request, it acts once. Never
-- refused by a full Redis.

pass_when_full()
local dlv = ARGS.dlv
local d = read(dlv)
if not d then return {'missing', {}} end
if d.said == ARGS.request then return {'again', {}} end
if call('ZSCORE', 'bare', d.evt) then return {'bare', {}} end
local undecided = d.state == 'dead' or d.state == 'held'
if undecided and d.posted and not ARGS.again then return {'posted', {}} end
if not (undecided or (d.state == 'delivered' and ARGS.again)) then return {d.state, {}} end

local event, fields = read_event(dlv, d), {'said', ARGS.request}
call('RPUSH', 'a:' .. dlv, blob(ARGS.record))
reopen(dlv, d, event, ARGS.keys, fields)
call('ZREM', 'ended', d.evt)
keep_event(event)
return {'done', ring()}
