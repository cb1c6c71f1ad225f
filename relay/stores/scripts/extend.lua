-- extend: prolongs the leases that a worker still holds.
-- Args: {lease_ms, items: list of {lane, dlv, token}}. Reads d: ; writes l:{L}:fly.
-- Reply: for each 1, or 0 where another claim has made the token invalid.
-- Guarantees: never brings back a lease that another claim took, never shortens one. Never refused by a full Redis.

pass_when_full()
local answers = {}
for i, item in ipairs(ARGS.items) do
  local d = read(item.dlv)
  local mine = d and d.state == 'in_flight' and d.token == item.token
  if mine then mine = pcall(call, 'ZADD', 'l:' .. d.lane .. ':fly', 'XX', 'GT', NOW + ARGS.lease_ms, item.dlv) end
  answers[i] = mine and 1 or 0
end
return answers
