-- sweep: finds the lanes that have work that is due and nobody draining them.
-- Args: {want, again_ms}. Reads lanes l: ; writes lanes:due swept.
-- Reply: lanes to wake. Guarantees: what it looks at is moved on by `again_ms`, so that no two workers ring one lane;
-- what can't be read is left out and stops nothing; twice a minute lanes:due is made anew from the lanes themselves.

local ROUND_MS = 30000
local asleep = {}
pass_when_full()
mend('lanes:due', 'zset')
if call('SET', 'swept', NOW, 'NX', 'PX', ROUND_MS) then
  for _, lane in ipairs(call('SMEMBERS', 'lanes')) do try_schedule(lane) end
end
for _, lane in ipairs(call('ZRANGEBYSCORE', 'lanes:due', '-inf', NOW, 'LIMIT', 0, ARGS.want)) do
  call('ZADD', 'lanes:due', NOW + ARGS.again_ms, lane)
  local fine, stint = pcall(call, 'HGET', 'l:' .. lane, 'stint')
  if not fine then
    call('ZREM', 'lanes:due', lane)
    poison(lane, 'its lane can not be read')
  elseif (tonumber(stint or 0) or 0) < NOW then
    asleep[#asleep + 1] = lane
  end
end
return asleep
