-- What stands of some events at one moment, read in one step so that nothing changes meanwhile.
-- Argument: JSON {after: the last log entry seen, count: how many new ones at most, events: [ids]}.
-- Reply: JSON {last, events: {evt: {dlv: [letter, state, lane, seq, key, once, doc, why, places...]}}}.
local asked = cjson.decode(ARGV[1])
local last, events = asked.after, asked.events
for _, entry in ipairs(redis.call('XRANGE', 'log', '(' .. asked.after, '+', 'COUNT', asked.count)) do
  last = entry[1]
  events[#events + 1] = entry[2][2]
end

local function places(dlv, lane, key)
  local L, found = 'l:' .. lane, {}
  for _, part in ipairs({'ready', 'wait', 'fly', 'held', 'dead'}) do
    if redis.call('ZSCORE', L .. ':' .. part, dlv) then found[#found + 1] = part end
  end
  if key and redis.call('HGET', L .. ':keys', key) == dlv then found[#found + 1] = 'owner' end
  if key and redis.call('ZSCORE', 'k:' .. lane .. ':' .. key, dlv) then found[#found + 1] = 'parked' end
  return found
end

-- The letters of an event's deliveries; while the only one is open, the event alone names it, at its end.
local function letters(evt)
  local flat, found = redis.call('HGETALL', 's:' .. evt), {}
  for i = 1, #flat, 2 do
    if string.sub(flat[i], 1, 4) == 'dlv_' then found[flat[i]] = flat[i + 1] end
  end
  local packed = #flat == 0 and redis.call('GET', 'e:' .. evt)
  local alone = packed and string.match(packed, 'dlv_%x+$')
  if alone then found[alone] = 'o' end
  return found
end

local reply = {last = last, events = {}}
for _, evt in ipairs(events) do
  local deliveries = {}
  for dlv, letter in pairs(letters(evt)) do
    local d = redis.call('HMGET', 'd:' .. dlv, 'state', 'lane', 'seq', 'key', 'once', 'doc', 'why')
    deliveries[dlv] = {letter, d[1], d[2], d[3], d[4], d[5], d[6], d[7], unpack(places(dlv, d[2] or '', d[4]))}
  end
  reply.events[evt] = next(deliveries) and deliveries or nil
end
return cjson.encode(reply)
