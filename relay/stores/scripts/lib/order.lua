-- Order keys and business keys: who has one, and who is next.

local put_aside

-- The order key passes to the earliest follower that may go; a held or dead one that blocks keeps it.
local function hand_over(lane, key, dlv)
  local L = 'l:' .. lane
  if call('HGET', L .. ':keys', key) ~= dlv then return end
  local followers = 'k:' .. lane .. ':' .. key
  while true do
    local next = call('ZPOPMIN', followers)[1]
    if not next then call('HDEL', L .. ':keys', key) return end
    local d = read(next)
    if not d then
      put_aside(lane, next, 'it follows ' .. dlv .. ', and a field is missing', {key = key})
      d = read(next)
    end
    if d and (d.state == 'pending' or (not d.cont and (d.state == 'held' or d.state == 'dead'))) then
      call('HSET', L .. ':keys', key, next)
      if d.state == 'pending' then enter_line(lane, next, d.seq) end
      return
    end
  end
end

-- A reopened delivery takes its order key: from nobody, or from a later one that isn't under way; where it is `urgent`,
-- from an earlier one too.
local function take_key(dlv, d, urgent)
  local L, followers = 'l:' .. d.lane, 'k:' .. d.lane .. ':' .. d.key
  local owner = call('HGET', L .. ':keys', d.key)
  local o = owner and owner ~= dlv and read(owner)
  if o then
    local under_way = o.state == 'in_flight' or o.state == 'confirming'
    if under_way or (not urgent and tonumber(o.seq) < tonumber(d.seq)) then
      call('ZADD', followers, d.seq, dlv)
      return false
    end
    call('ZREM', L .. ':ready', owner)
    call('ZREM', L .. ':wait', owner)
    if o.state == 'waiting' then call('HSET', 'd:' .. owner, 'state', 'pending') end
    call('ZADD', followers, o.seq, owner)
  end
  call('ZREM', followers, dlv)
  call('HSET', L .. ':keys', d.key, dlv)
  return true
end

-- Books or frees a business key when its delivery ends. One in doubt keeps it, until another is known to be booked.
local function close_once(dlv, d, state, document, digest, prior)
  local key = 'o:' .. d.lane .. ':' .. d.once
  local owner, sum = unpack(call('HMGET', key, 'd', 'sum'))
  if owner and owner ~= dlv and (sum or state ~= 'delivered') then return end
  if state == 'delivered' then
    call('HSET', key, 'd', dlv, 'doc', document or '', 'sum', digest or sum or '-', unpack(prior and {'prior', prior} or {}))
  elseif state == 'dead' and not d.doubt and not sum then
    call('DEL', key)
  end
end
