// More and more clients, each asking again as soon as it was answered: where throughput ends.
import http from 'k6/http';
import { body, json, numbers, quick, summaryTrendStats } from './lib.js';

export const options = {
  scenarios: {
    ramp: { executor: 'ramping-vus', startVUs: 1, stages: quick ? [{ duration: '8s', target: 32 }] : [{ duration: '15s', target: 16 }, { duration: '15s', target: 64 }] },
  },
  summaryTrendStats,
};

export default function () {
  http.post(__ENV.TARGET, body, json);
}

export function handleSummary(data) {
  return numbers(data, 'http_req_duration');
}
