// Open event streams. The latency is the time to the first byte; k6 reads a body whole, so single events are timed elsewhere.
import http from 'k6/http';
import { body, json, numbers, quick, summaryTrendStats } from './lib.js';

export const options = {
  scenarios: { streams: { executor: 'constant-vus', vus: 20, duration: quick ? '8s' : '30s' } },
  summaryTrendStats,
};

const streamed = body.replace('{', '{"stream":true,');

export default function () {
  http.post(__ENV.TARGET, streamed, json);
}

export function handleSummary(data) {
  return numbers(data, 'http_req_waiting');
}
