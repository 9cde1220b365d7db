// What the scripts share. Environment: TARGET (URL), BODY (file), SUMMARY (file to write), QUICK (set: run short).
export const body = open(__ENV.BODY);
export const quick = Boolean(__ENV.QUICK);
export const json = { headers: { 'content-type': 'application/json' } };
export const summaryTrendStats = ['med', 'p(99)'];

// The numbers perf/run reads: latencies in milliseconds, requests a second, requests that failed.
export function numbers(data, trend) {
  const { metrics } = data;
  const failed = metrics.http_req_failed ? metrics.http_req_failed.values.passes : 0;
  const result = { p50: metrics[trend].values.med, p99: metrics[trend].values['p(99)'], rate: metrics.http_reqs.values.rate, failed };
  return { [__ENV.SUMMARY]: JSON.stringify(result) };
}
