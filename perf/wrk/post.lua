-- wrk ... -s post.lua URL -- BODYFILE: posts the file, and prints "result P50 P99 RATE FAILED" (microseconds) at the end.
function init(args)
  local file = assert(io.open(args[1], "rb"))
  wrk.method = "POST"
  wrk.body = file:read("*a")
  wrk.headers["content-type"] = "application/json"
  file:close()
end

function done(summary, latency, requests)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  print(string.format("result %.1f %.1f %.1f %d", latency:percentile(50), latency:percentile(99), summary.requests / summary.duration * 1e6, failed))
end
