-- pause: holds a lane, or lets it go.
-- Args: {lane, reason: why it is held, or nil to let it go; said: who decided what, and why}. Writes l: lanes lanes:due.
-- Reply: lanes to wake. Guarantees: what is under way ends as it ends; letting go closes the breaker too. May be sent twice.
-- Never refused by a full Redis.

local lane, L = ARGS.lane, 'l:' .. ARGS.lane
pass_when_full()
call('SADD', 'lanes', lane)
if ARGS.reason then
  call('HSET', L, 'paused', ARGS.reason)
else
  call('HDEL', L, 'paused', 'open', 'failures', 'probe', 'probe_at', 'opened', 'ill', 'refused', 'refusal',
    'refuser', 'throttle')
  came_up(lane, lane_hash(lane))
  touched[lane] = true
end
if ARGS.said then call('HSET', L, 'said', SHOWN .. ' ' .. ARGS.said) end
count_closed(lane)
local asleep = ring()
schedule(lane)
return asleep
