-- look: tells a process which version of the configuration is in force, and notes which one it runs.
-- Args: {me: the process, running: what is told of it, or nil where it ends; lost_ms}.
-- Reads config:current; writes config:running config:looked.
-- Reply: the version in force. Guarantees: what hasn't looked for `lost_ms` is forgotten. Never refused by a full Redis.

local function forget(name)
  call('HDEL', 'config:running', name)
  call('ZREM', 'config:looked', name)
end

pass_when_full()
if ARGS.running then
  call('HSET', 'config:running', ARGS.me, blob(ARGS.running))
  call('ZADD', 'config:looked', NOW, ARGS.me)
else
  forget(ARGS.me)
end
for _, name in ipairs(call('ZRANGEBYSCORE', 'config:looked', '-inf', NOW - ARGS.lost_ms, 'LIMIT', 0, 100)) do
  forget(name)
end
return call('GET', 'config:current')
