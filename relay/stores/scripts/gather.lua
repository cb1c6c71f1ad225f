-- gather: adds what processes notice themselves to what is to be told.
-- Args: list of {kind, subject, wait_ms, once_ms, many, example, reason}. Reads and writes alert: alerts:due rest:.
-- Reply: nothing. Guarantees: with `once_ms`, the same is noted once in that time, by whichever process. Sent twice, it
-- may count twice. Never refused by a full Redis.

pass_when_full()
for _, item in ipairs(LISTENS and ARGS or {}) do
  local name = 'once:' .. item.kind .. '/' .. item.subject
  if not item.once_ms or call('SET', name, 1, 'NX', 'PX', item.once_ms) then
    notice(item.kind, item.subject, item.wait_ms, item)
  end
end
