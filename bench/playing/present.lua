-- For wrk: sends the requests of a file, which are signed already, one after another, and tells how it went as JSON.

local file

function init(args)
  file = assert(io.open(args[1], "rb"))
end

function request()
  local length = file:read("*l")
  if not length then
    file:seek("set")
    length = file:read("*l")
  end
  return file:read(tonumber(length))
end

function done(summary, latency, _)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.timeout + errors.status
  io.write(string.format(
    '\n{"requests": %d, "seconds": %f, "failed": %d, "p50_ms": %f, "p99_ms": %f}\n',
    summary.requests, summary.duration / 1e6, failed, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3
  ))
end
