-- told: keeps what a destination posted about a delivery to its confirm address.
-- Args: {dlv, posted, record}. Reads d: t: l: ; writes a: t: d: l: lanes:due.
-- Reply: {done | again (the last that waits says the same) | ended (kept among the attempts alone) | many | missing, lanes
-- to wake}. Guarantees: one that waits for it is due at once; what comes before, or while an attempt runs, is found by its
-- settle; kept among the attempts whatever its state. May be sent twice. Its first write is one that a full Redis refuses.

local MOST = 100
local OPEN = {pending = true, waiting = true, in_flight = true, confirming = true}
local dlv, key, posted = ARGS.dlv, 't:' .. ARGS.dlv, blob(ARGS.posted)
local d = read(dlv)
if not d then return {'missing', {}} end
if call('LINDEX', key, -1) == posted then return {'again', {}} end
local told = tonumber(d.told) or 0
if told >= MOST then return {'many', {}} end
call('RPUSH', 'a:' .. dlv, blob(ARGS.record))
call('HSET', 'd:' .. dlv, 'told', told + 1)
if not OPEN[d.state] then return {'ended', {}} end
call('RPUSH', key, posted)
local L = 'l:' .. d.lane
if d.state == 'confirming' and call('ZSCORE', L .. ':wait', dlv) then
  touch(d.lane)
  call('ZADD', L .. ':wait', NOW, dlv)
end
return {'done', ring()}
