-- drop: puts aside claimed deliveries that their worker can't read: they are held, and poison says why too.
-- Args: list of {dlv, token, reason}. Reads d: ; writes d: s: l: k: lanes:due poison.
-- Reply: how many. Guarantees: one that another claim took stays as it is. May be sent twice. Never refused by a full Redis.

pass_when_full()
local dropped = 0
for _, item in ipairs(ARGS) do
  local d = read(item.dlv)
  if d and d.state == 'in_flight' and d.token == item.token then
    put_aside(d.lane, item.dlv, item.reason)
    send_all()
    try_schedule(d.lane)
    dropped = dropped + 1
  end
end
return dropped
