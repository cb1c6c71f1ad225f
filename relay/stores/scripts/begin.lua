-- begin: notes that attempts are about to be sent, or to go on, with what was rendered for them and what is done of it.
-- Args: list of {dlv, token, rendered, record: of a step that is done}. Reads and writes d: p: a: .
-- Reply: for each 1, or 0 where the token isn't valid any more (then nothing may be sent).
-- Guarantees: an attempt that may have left is known to have begun, so that only those are ever in doubt, and a resend
-- has the same bytes; a step that is done is known to be before the next is sent. May be sent twice. Never refused by a full Redis.

pass_when_full()
local answers = {}
for i, item in ipairs(ARGS) do
  local key = 'd:' .. item.dlv
  local fine, answer = pcall(function()
    local state, token = unpack(call('HMGET', key, 'state', 'token'))
    if state ~= 'in_flight' or token ~= item.token then return 0 end
    if item.rendered then call('SET', 'p:' .. item.dlv, blob(item.rendered)) end
    local record = item.record and blob(item.record)
    if record and call('LINDEX', 'a:' .. item.dlv, -1) ~= record then call('RPUSH', 'a:' .. item.dlv, record) end
    call('HSET', key, 'begun', item.token)
    return 1
  end)
  answers[i] = fine and answer or 0
end
return answers
