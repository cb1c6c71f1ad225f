-- retire: takes away of events that have ended what was kept long enough: bodies first, all the rest later.
-- Args: {shelf: ended, whose bodies go, or bare, of which all goes; keep_ms, again_ms, items: list of {evt, post, mark,
--   packed: the event without its body, attempts: list of {dlv, records without bodies}}}; what can't be read has no packed.
-- Reads ended bare s: d: k: o: l: ; writes e: a: p: c: t: f: r: w: ended bare, and of what goes whole d: s: o: u: l: k: log.
-- Reply: for each taken | stays (open again, or decided meanwhile, or it blocks others) | poison.
-- Guarantees: nothing goes that is open or held, or that is dead and keeps its order key or its business key from
-- others: that is looked at again after `again_ms`. What is in `bare` has no body. May be sent twice. Never refused by a
-- full Redis.

local RECORD, PAGE, PAGES = 8 + 31, 64, 8
local DONE = {d = true, x = true, f = true}
local shelf = ARGS.shelf

local function put_off(evt)
  call('ZADD', shelf, 'XX', NOW - ARGS.keep_ms + ARGS.again_ms, evt)
  return 'stays'
end

-- Whether others wait for what a person says of it. A callback has nobody behind it but callbacks of the same event.
local function blocks(dlv, d)
  if d.state ~= 'dead' or d.of then return false end
  local order = d.key and not d.cont and d.lane .. ':' .. d.key
  if order and (call('HGET', 'l:' .. d.lane .. ':keys', d.key) == dlv or call('ZSCORE', 'k:' .. order, dlv)) then return true end
  local owner, sum = unpack(d.once and call('HMGET', 'o:' .. d.lane .. ':' .. d.once, 'd', 'sum') or {})
  return owner == dlv and not sum
end

-- Its deliveries and callbacks by id, or nil where one must stay.
local function done_with(letters)
  local all = {}
  for dlv, letter in pairs(letters) do
    if string.sub(dlv, 1, 4) == 'dlv_' then
      local d = DONE[letter] and read(dlv)
      if DONE[letter] and not d then error(dlv .. ' lacks a field', 0) end
      if not d or not (d.state == 'delivered' or d.state == 'dead') or blocks(dlv, d) then return nil end
      all[dlv] = d
    end
  end
  return all
end

-- The POST that an event came in with others goes with the last of them: its body, and later the rest.
local function count_down(post, name)
  local key = 'w:' .. post
  if call('EXISTS', key) == 0 then return end
  call('HSETNX', key, 'kept', call('HGET', key, 'left') or 1)
  if call('HINCRBY', key, name, -1) > 0 then return end
  if name == 'left' then call('HDEL', key, 'body') else call('DEL', key) end
end

local function same(attempts)
  for _, one in ipairs(attempts) do
    if call('LLEN', 'a:' .. one.dlv) ~= #one.records then return false end
  end
  return true
end

local function keep(one)
  call('DEL', 'a:' .. one.dlv)
  for _, record in ipairs(one.records) do call('RPUSH', 'a:' .. one.dlv, blob(record)) end
end

local function take_bodies(item, all)
  if not same(item.attempts) then return 'stays' end
  local ended = call('ZSCORE', shelf, item.evt)
  call('ZADD', 'bare', ended, item.evt)
  call('SET', 'e:' .. item.evt, blob(item.packed))
  for dlv in pairs(all) do call('DEL', 'p:' .. dlv, 'c:' .. dlv, 't:' .. dlv) end
  for _, one in ipairs(item.attempts) do keep(one) end
  call('DEL', 'f:' .. item.evt, 'r:' .. item.evt)
  call('ZREM', shelf, item.evt)
  if item.post then count_down(item.post, 'left') end
  return 'taken'
end

-- Its place in the log isn't kept: it is at the moment when it came, or soon after. Where the clock was set back it may be
-- elsewhere; who reads the log passes over ids that lead nowhere.
local function unlog(evt, came)
  local from = came
  for _ = 1, PAGES do
    local page = call('XRANGE', 'log', from, '+', 'COUNT', PAGE)
    for _, each in ipairs(page) do
      if each[2][2] == evt then return call('XDEL', 'log', each[1]) end
    end
    if #page < PAGE then return end
    from = '(' .. page[#page][1]
  end
end

local function unmark(mark, evt)
  local value, left = call('GET', mark), {}
  if not value then return end
  for at = 1, #value, RECORD do
    local one = string.sub(value, at, at + RECORD - 1)
    if string.sub(one, 9) ~= evt then left[#left + 1] = one end
  end
  if #left == 0 then call('DEL', mark) else call('SET', mark, table.concat(left), 'KEEPTTL') end
end

local function forget(dlv, d)
  local L = 'l:' .. d.lane
  call('ZREM', L .. ':dead', dlv)
  if d.key then
    call('ZREM', 'k:' .. d.lane .. ':' .. d.key, dlv)
    if call('HGET', L .. ':keys', d.key) == dlv then call('HDEL', L .. ':keys', d.key) end
  end
  local once = d.once and 'o:' .. d.lane .. ':' .. d.once
  if once and call('HGET', once, 'd') == dlv then call('DEL', once) end
  call('DEL', 'd:' .. dlv, 'a:' .. dlv, 'p:' .. dlv, 'c:' .. dlv, 't:' .. dlv)
end

local function take_all(item, all, letters)
  local came = letters['@']
  for dlv, d in pairs(all) do
    came = came or d.came
    forget(dlv, d)
  end
  if came then unlog(item.evt, came) end
  unmark(item.mark, item.evt)
  if item.post then count_down(item.post, 'kept') end
  call('DEL', 'e:' .. item.evt, 's:' .. item.evt, 'f:' .. item.evt, 'r:' .. item.evt)
  call('ZREM', shelf, item.evt)
  return 'taken'
end

local function retire(item)
  local since = tonumber(call('ZSCORE', shelf, item.evt) or FAR)
  if since > NOW - ARGS.keep_ms then return 'stays' end
  if not item.packed then error('it can not be read', 0) end
  if shelf == 'bare' and call('ZSCORE', 'ended', item.evt) then return put_off(item.evt) end
  local letters = read_all('s:' .. item.evt)
  local all = done_with(letters)
  if not all then return put_off(item.evt) end
  if shelf == 'ended' then return take_bodies(item, all) end
  return take_all(item, all, letters)
end

pass_when_full()
local answers = {}
for i, item in ipairs(ARGS.items) do
  answers[i] = apart(item.evt, retire, item) or (put_off(item.evt) and 'poison')
end
return answers
