-- refuse: keeps requests that were refused, in a ring of bounded length and size, and takes out those that were let in.
-- Args: {most, most_bytes, kept_ms, items: list of {told, kept: what letting it in needs, or nil, bytes}, gone: their ids}.
-- Reads and writes refused refused:bytes x: .
-- Reply: how many there are. Guarantees: never more than `most`, nor more than `most_bytes` together; the oldest go
-- first. Its first write is one that a full Redis refuses.

local PAGE = 64
local total = tonumber(call('GET', 'refused:bytes') or 0) or 0

local function drop(entry)
  if call('XDEL', 'refused', entry[1]) == 0 then return end
  call('DEL', 'x:' .. entry[1])
  total = total - (tonumber(entry[2][4]) or 0)
end

for _, item in ipairs(ARGS.items) do
  local at = call('XADD', 'refused', '*', 'told', blob(item.told), 'bytes', text(item.bytes))
  if item.kept then call('SET', 'x:' .. at, blob(item.kept), 'PX', text(ARGS.kept_ms)) end
  total = total + item.bytes
end
for _, at in ipairs(ARGS.gone) do
  for _, entry in ipairs(call('XRANGE', 'refused', at, at)) do drop(entry) end
end
while call('XLEN', 'refused') > ARGS.most or total > ARGS.most_bytes do
  local over = call('XRANGE', 'refused', '-', '+', 'COUNT', PAGE)
  if #over == 0 then total = 0 end
  for _, entry in ipairs(over) do
    if call('XLEN', 'refused') > ARGS.most or total > ARGS.most_bytes then drop(entry) end
  end
end
call('SET', 'refused:bytes', text(total))
return call('XLEN', 'refused')
