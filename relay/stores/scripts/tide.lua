-- tide: moves a mark on that only rises, and notices a Redis that came back with an older state.
-- Args: {seen: the highest mark that the caller knows, nil where it should know one and doesn't, slack_ms, lanes: the
-- names in its configuration}.
-- Reads and writes tide; where it fell, lanes l: lanes:due too.
-- Reply: {the mark now, 1 where it fell}. Guarantees: where it fell, every lane is paused and knows which deliveries were
-- open then, so that claim hands each out in doubt once. Never refused by a full Redis.

pass_when_full()
local REASON = 'restored: Redis came back with an older state, and what was open then is in doubt; look, then resume'
local tide = tonumber(call('GET', 'tide')) or 0
-- Without a mark beside it, a Redis that nobody has used of late may be a copy.
local fell = tide + ARGS.slack_ms < (ARGS.seen or (tide > 0 and NOW or 0))
if fell then
  local seq = call('GET', 'seq') or 0
  for _, lane in ipairs(ARGS.lanes) do call('SADD', 'lanes', lane) end
  for _, lane in ipairs(call('SMEMBERS', 'lanes')) do
    call('HSET', 'l:' .. lane, 'paused', REASON, 'fallen', seq)
    count_closed(lane)
    try_schedule(lane)
  end
end
local now = math.max(NOW, tide + 1, ARGS.seen or 0)
call('SET', 'tide', now)
return {now, fell and 1 or 0}
