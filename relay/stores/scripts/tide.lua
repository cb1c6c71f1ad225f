-- tide: moves a mark on that only rises, and notices a Redis that came back with an older state, or whose clock was
-- set back.
-- Args: {seen: the highest mark that the caller knows, nil where it should know one and doesn't, slack_ms, lanes: the
-- names in its configuration}.
-- Reads and writes tide skew layout; where it fell, lanes l: lanes:due too.
-- Reply: {the mark now, 1 where it fell}. Guarantees: where it fell, every lane is paused and knows which deliveries were
-- open then, so that claim hands each out in doubt once; where the clock was set back, the lanes' time goes on ahead of
-- it, a twentieth slower, until the clock has caught up. Never refused by a full Redis.

pass_when_full()
local REASON = 'restored: Redis came back with an older state, and what was open then is in doubt; look, then resume'
-- Without a mark beside it, a Redis that nobody has used of late may be a copy.
local fell = TIDE + ARGS.slack_ms < (ARGS.seen or (TIDE > 0 and NOW or 0))
if fell then
  local seq = call('GET', 'seq') or 0
  for _, lane in ipairs(ARGS.lanes) do call('SADD', 'lanes', lane) end
  for _, lane in ipairs(call('SMEMBERS', 'lanes')) do
    call('HSET', 'l:' .. lane, 'paused', REASON, 'fallen', seq)
    count_closed(lane)
    try_schedule(lane)
  end
  notice('destination.stopped', '*', 0, {reason = REASON})
end
call('SET', 'layout', LAYOUT)
local now = math.max(NOW, TIDE + 1, ARGS.seen or 0)
local skew = now - CLOCK - (now - TIDE) / 20
if skew > 0 then call('SET', 'skew', skew) else call('DEL', 'skew') end
call('SET', 'tide', now)
return {now, fell and 1 or 0}
