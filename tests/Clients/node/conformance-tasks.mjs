// The tasks extension (io.modelcontextprotocol/tasks) for the conformance server: the SDK has none of it. Takes what is about
// tasks out of the requests and answers it; everything else is the SDK's.
import { randomUUID } from 'node:crypto';
import { answer, pause, text } from './conformance-fixtures.mjs';

export const extension = 'io.modelcontextprotocol/tasks';
const mismatch = -32020;
const missing = -32021;
const unknown = -32602;
const tasks = new Map();

const ask = (message, properties) => ({ method: 'elicitation/create', params: { message, requestedSchema: { type: 'object', properties, required: Object.keys(properties) } } });
const confirm = (message) => ask(message, { confirm: { type: 'boolean' } });

/** Tools that become tasks: what they do with the task, and whether they can do without. */
export const taskTools = {
  slow_compute: { run: async (task, { seconds = 0 }) => (await sleep(task, seconds * 1000), answer(text('computed'))) },
  failing_job: { required: true, run: async (task) => (await sleep(task, 300), { ...answer(text('the job failed')), isError: true }) },
  protocol_error_job: { run: async () => { throw new Error('the job broke'); } },
  confirm_delete: { run: async (task) => (await input(task, { sure: confirm('Delete it?') }), answer(text('deleted'))) },
  multi_input: { run: async (task) => (await input(task, { name: ask('Name?', { name: { type: 'string' } }), sure: confirm('Sure?') }), answer(text('both'))) },
  test_tool_with_task: {
    required: true,
    first: ({ inputResponses }) => inputResponses?.user_name?.content?.name === undefined ? { resultType: 'input_required', inputRequests: { user_name: ask('What is your name?', { name: { type: 'string' } }) } } : undefined,
    run: async (task, _, { inputResponses }) => answer(text(`Hello, ${inputResponses.user_name.content.name}!`)),
  },
};

async function sleep(task, ms) {
  for (const end = Date.now() + ms; Date.now() < end && task.status !== 'cancelled';)
    await pause(20);
}

async function input(task, requests) {
  Object.assign(task, { status: 'input_required', inputRequests: requests });
  while (Object.keys(task.inputRequests).length > 0 && task.status !== 'cancelled')
    await pause(20);
  delete task.inputRequests;
}

function start(tool, params) {
  const now = new Date().toISOString();
  const task = { taskId: randomUUID(), status: 'working', createdAt: now, lastUpdatedAt: now, ttlMs: 60000, pollIntervalMs: 100 };
  tasks.set(task.taskId, task);
  const settle = (state) => task.status === 'cancelled' || Object.assign(task, state, { lastUpdatedAt: new Date().toISOString() });
  // What was made is told before anything of it is.
  setImmediate(() => tool.run(task, params.arguments ?? {}, params).then(
    (result) => settle({ status: 'completed', result: { resultType: 'complete', ...result } }),
    (error) => settle({ status: 'failed', error: { code: -32603, message: error.message } })));
  return { resultType: 'task', ...task };
}

const methods = {
  'tasks/get': (task) => ({ resultType: 'complete', ...task }),
  'tasks/update': (task, { inputResponses }) => {
    for (const key of Object.keys(inputResponses))
      delete task.inputRequests?.[key];
    return { resultType: 'complete' };
  },
  'tasks/cancel': (task) => {
    if (['working', 'input_required'].includes(task.status))
      task.status = 'cancelled';
    return { resultType: 'complete' };
  },
};

/** Answers a message that is about tasks. Gives back undefined for any other. */
export function answerTask({ method, params = {} }, headers) {
  const tool = method === 'tools/call' && Object.hasOwn(taskTools, params.name) ? taskTools[params.name] : undefined;
  if (tool === undefined && !Object.hasOwn(methods, method))
    return undefined;
  const named = params.taskId ?? params.name;
  if ((headers['mcp-method'] ?? method) !== method || (headers['mcp-name'] ?? named) !== named)
    return [400, { error: { code: mismatch, message: 'A header contradicts the body' } }];
  const declared = params._meta?.['io.modelcontextprotocol/clientCapabilities']?.extensions?.[extension] !== undefined;
  if (tool !== undefined && (declared || !tool.required))
    return declared ? [200, { result: tool.first?.(params) ?? start(tool, params) }] : undefined;
  if (!declared)
    return [400, { error: { code: missing, message: 'Needs tasks', data: { requiredCapabilities: { extensions: { [extension]: {} } } } } }];
  const task = tasks.get(params.taskId);
  return [200, task === undefined ? { error: { code: unknown, message: 'No such task' } } : { result: methods[method](task, params) }];
}
