-- give_back: returns claimed deliveries that were not begun to their place in the line.
-- Args: list of {dlv, token, delay_ms}. Reads d: ; writes d: l: lanes:due.
-- Reply: lanes to wake. Guarantees: one that was begun, or that another claim took, stays as it is. May be sent twice.

pass_when_full()
for _, item in ipairs(ARGS) do
  local d = read(item.dlv)
  if d and d.state == 'in_flight' and d.token == item.token and d.begun ~= item.token then
    local L = 'l:' .. d.lane
    call('ZREM', L .. ':fly', item.dlv)
    end_probe(d.lane, item.dlv)
    call('HSET', 'd:' .. item.dlv, 'state', 'pending', 'token', '')
    touch(d.lane)
    if item.delay_ms > 0 then
      call('ZADD', L .. ':wait', NOW + item.delay_ms, item.dlv)
    else
      enter_line(d.lane, item.dlv, d.seq)
    end
  end
end
return ring()
