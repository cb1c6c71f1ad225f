-- publish: brings a version of the configuration into force.
-- Args: {version, packed: its files, expected: the version that must be in force, nil for none; place: the file on a host
-- that it is from, or nil; seen_ms, how, by, note, most, most_bytes}.
-- Reads and writes config:current config:bundles config:history, with a place config:seen: too.
-- Reply: {done, same, known or conflict, the version in force}. Guarantees: only over `expected`, where that is given or
-- there is no place; with a place only where that file isn't what its host brought into force last, nor, for a host that
-- never did, one that is kept, so that a restart undoes nothing. The version in force is always kept, with those before
-- it as far as there is room. Sent twice, it acts once. Never refused by a full Redis: what mends it may be a change of
-- the configuration.

local version, seen = ARGS.version, ARGS.place and 'config:seen:' .. ARGS.place
local current = call('GET', 'config:current') or nil

local function answer(status)
  if seen then call('SET', seen, version, 'PX', text(ARGS.seen_ms)) end
  return {status, call('GET', 'config:current')}
end

local function is_known()
  local before = call('GET', seen)
  if before then return before == version end
  return call('HEXISTS', 'config:bundles', version) == 1
end

local function drop_what_has_no_room()
  local kept, room = {[version] = true}, ARGS.most_bytes - #blob(ARGS.packed)
  for _, entry in ipairs(call('XREVRANGE', 'config:history', '+', '-')) do
    local name = entry[2][2]
    if not kept[name] then
      room = room - call('HSTRLEN', 'config:bundles', name)
      if room < 0 then break end
      kept[name] = true
    end
  end
  for _, name in ipairs(call('HKEYS', 'config:bundles')) do
    if not kept[name] then call('HDEL', 'config:bundles', name) end
  end
end

pass_when_full()
if current == version then return answer('same') end
if seen and current and is_known() then return answer('known') end
if current ~= ARGS.expected and (ARGS.expected or not seen) then return {'conflict', current or false} end
call('HSET', 'config:bundles', version, blob(ARGS.packed))
call('XADD', 'config:history', 'MAXLEN', ARGS.most, '*', 'version', version, 'before', current or '', 'how', ARGS.how,
  'by', ARGS.by or '', 'note', ARGS.note or '')
call('SET', 'config:current', version)
drop_what_has_no_room()
return answer('done')
