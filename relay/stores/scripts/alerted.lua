-- alerted: forgets alerts whose events are stored, and workers that say goodbye.
-- Args: {ids, worker: its name or nil}. Writes alert: alerts:taken alive.
-- Reply: nothing. May be sent twice. Never refused by a full Redis.

pass_when_full()
for _, id in ipairs(ARGS.ids) do
  call('ZREM', 'alerts:taken', id)
  call('DEL', 'alert:' .. id)
end
if ARGS.worker then call('ZREM', 'alive', ARGS.worker) end
