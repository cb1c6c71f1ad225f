-- drop: takes claimed deliveries that their worker can't read out of their lane; poison says why.
-- Args: list of {dlv, token, reason}. Reads d: ; writes l:{L}:fly lanes:due poison.
-- Reply: how many. Guarantees: one that another claim took stays as it is. May be sent twice. Never refused by a full Redis.

pass_when_full()
local dropped = 0
for _, item in ipairs(ARGS) do
  local d = read(item.dlv)
  if d and d.state == 'in_flight' and d.token == item.token then
    dropped = dropped + call('ZREM', 'l:' .. d.lane .. ':fly', item.dlv)
    end_probe(d.lane, item.dlv)
    poison(item.dlv, item.reason)
    schedule(d.lane)
  end
end
return dropped
