-- What wrk sends and what it saw: see eval/load.py. One thread, so its counters are all there are.
local bodies, at = {}, 0
statuses = {}
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  for line in io.lines(args[1]) do
    table.insert(bodies, line)
  end
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
end

function request()
  at = at % #bodies + 1
  return wrk.format(nil, nil, nil, bodies[at])
end

function response(status)
  statuses[status] = (statuses[status] or 0) + 1
end

function done(summary, latency)
  local counted = {}
  for status, count in pairs(threads[1]:get("statuses")) do
    table.insert(counted, string.format('"%d": %d', status, count))
  end
  local errors = summary.errors
  io.write(string.format(
    '\nRESULT {"seconds": %.3f, "statuses": {%s}, "p50_ms": %.1f, "p99_ms": %.1f, "without_response": %d}\n',
    summary.duration / 1e6, table.concat(counted, ", "),
    latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    errors.connect + errors.read + errors.write + errors.timeout))
end
