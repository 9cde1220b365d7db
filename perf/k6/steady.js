// A steady rate, well below what the machine can do: what a request costs when nothing queues.
import http from 'k6/http';
import { body, json, numbers, quick, summaryTrendStats } from './lib.js';

export const options = {
  scenarios: { steady: { executor: 'constant-arrival-rate', rate: 100, timeUnit: '1s', duration: quick ? '10s' : '30s', preAllocatedVUs: 10, maxVUs: 50 } },
  summaryTrendStats,
};

export default function () {
  http.post(__ENV.TARGET, body, json);
}

export function handleSummary(data) {
  return numbers(data, 'http_req_duration');
}
