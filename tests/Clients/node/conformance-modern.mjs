// A server for the conformance suite, of the era without sessions (2026-07-28), on the official SDK. Prints its port.
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import {
  McpServer, ResourceTemplate, acceptedContent, createMcpHandler, createRequestStateCodec, fromJsonSchema, inputRequired, inputResponse,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import * as fixtures from './conformance-fixtures.mjs';
import { answerTask, extension, taskTools } from './conformance-tasks.mjs';

const { answer, text, pause } = fixtures;
const codec = createRequestStateCodec({ key: randomBytes(32) });
const ask = (message, properties) => inputRequired.elicit({ message, requestedSchema: { type: 'object', properties, required: Object.keys(properties) } });
const askName = () => ask('What is your name?', { name: { type: 'string' } });
const sample = (prompt, maxTokens) => inputRequired.createMessage({ messages: [{ role: 'user', content: text(prompt) }], maxTokens });
const capabilities = (ctx) => ctx.mcpReq.envelope?.['io.modelcontextprotocol/clientCapabilities'] ?? {};
const said = (ctx, key, member) => acceptedContent(ctx.mcpReq.inputResponses, key, z.object({ [member]: z.any() }))?.[member];

/** Tools that ask before they answer (MRTR). */
const asking = {
  async test_input_required_result_elicitation(ctx) {
    const name = said(ctx, 'user_name', 'name');
    return typeof name === 'string' ? answer(text(`Hello, ${name}!`)) : inputRequired({ inputRequests: { user_name: askName() } });
  },
  async test_input_required_result_sampling(ctx) {
    const view = inputResponse(ctx.mcpReq.inputResponses, 'capital_question');
    return view.kind === 'sampling' ? answer(view.result.content) : inputRequired({ inputRequests: { capital_question: sample('What is the capital of France?', 100) } });
  },
  async test_input_required_result_list_roots(ctx) {
    const view = inputResponse(ctx.mcpReq.inputResponses, 'client_roots');
    return view.kind === 'roots' ? answer(text(view.roots.map((r) => r.uri).join(' '))) : inputRequired({ inputRequests: { client_roots: inputRequired.listRoots() } });
  },
  async test_input_required_result_request_state(ctx) {
    if (ctx.mcpReq.requestState()?.step === 1 && said(ctx, 'confirm', 'ok') !== undefined)
      return answer(text('state-ok'));
    return inputRequired({ inputRequests: { confirm: ask('Please confirm', { ok: { type: 'boolean' } }) }, requestState: await codec.mint({ step: 1 }) });
  },
  async test_input_required_result_tampered_state(ctx) {
    if (ctx.mcpReq.requestState()?.step === 1)
      return answer(text('untouched'));
    return inputRequired({ inputRequests: { confirm: ask('Please confirm', { ok: { type: 'boolean' } }) }, requestState: await codec.mint({ step: 1 }) });
  },
  async test_input_required_result_multiple_inputs(ctx) {
    if (ctx.mcpReq.requestState()?.step === 1 && ['user_name', 'greeting', 'client_roots'].every((k) => inputResponse(ctx.mcpReq.inputResponses, k).kind !== 'missing'))
      return answer(text(`Hello, ${said(ctx, 'user_name', 'name')}!`));
    const inputRequests = { user_name: askName(), greeting: sample('Generate a greeting', 50), client_roots: inputRequired.listRoots() };
    return inputRequired({ inputRequests, requestState: await codec.mint({ step: 1 }) });
  },
  async test_input_required_result_multi_round(ctx) {
    const step = ctx.mcpReq.requestState()?.step;
    if (step === 2 && said(ctx, 'step2', 'color') !== undefined)
      return answer(text(`You like ${said(ctx, 'step2', 'color')}.`));
    if (step === 1 && said(ctx, 'step1', 'name') !== undefined)
      return inputRequired({ inputRequests: { step2: ask('Step 2: What is your favorite color?', { color: { type: 'string' } }) }, requestState: await codec.mint({ step: 2 }) });
    return inputRequired({ inputRequests: { step1: ask('Step 1: What is your name?', { name: { type: 'string' } }) }, requestState: await codec.mint({ step: 1 }) });
  },
  async test_input_required_result_capabilities(ctx) {
    const inputRequests = {};
    if (capabilities(ctx).sampling)
      inputRequests.greeting = sample('Generate a greeting', 50);
    if (capabilities(ctx).elicitation)
      inputRequests.user_name = askName();
    return Object.keys(inputRequests).length > 0 ? inputRequired({ inputRequests }) : answer(text('nothing to ask'));
  },
  // The SDK itself refuses to ask what the client did not say it can answer.
  async test_missing_capability() {
    return inputRequired({ inputRequests: { greeting: sample('Generate a greeting', 50) } });
  },
  async test_streaming_elicitation() {
    return inputRequired({ inputRequests: { user_name: askName() } });
  },
  async test_logging_tool(ctx) {
    await ctx.mcpReq.log('info', 'Tool ran');
    return answer(text('logged'));
  },
  async test_tool_with_progress(ctx) {
    const progressToken = ctx.mcpReq._meta?.progressToken;
    for (const progress of [0, 50, 100]) {
      if (progressToken !== undefined)
        await ctx.mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total: 100, message: `Completed step ${progress} of 100` } });
      await pause(50);
    }
    return answer(text('done'));
  },
  async test_error_handling() {
    throw new Error('This tool intentionally returns an error for testing');
  },
  async test_trigger_tool_change() {
    handler.notify.toolsChanged();
    return answer(text('told'));
  },
  async test_trigger_prompt_change() {
    handler.notify.promptsChanged();
    return answer(text('told'));
  },
};

const schemas = {
  json_schema_2020_12_tool: fixtures.richSchema,
  test_custom_header: { type: 'object', properties: { region: { type: 'string', 'x-mcp-header': 'Region' }, query: { type: 'string' } }, required: ['region'] },
};

function make() {
  const server = new McpServer({ name: 'conformance', version: '1.0.0' }, {
    capabilities: { tools: { listChanged: true }, resources: { subscribe: true, listChanged: true }, prompts: { listChanged: true }, logging: {}, completions: {}, extensions: { [extension]: {} } },
    requestState: { verify: codec.verify },
  });
  const described = (name) => ({ description: `The tool ${name}.` });
  for (const [name, result] of Object.entries(fixtures.fixedTools))
    server.registerTool(name, described(name), async () => result);
  for (const [name, run] of Object.entries(asking))
    server.registerTool(name, described(name), run);
  for (const [name, schema] of Object.entries(schemas))
    server.registerTool(name, { ...described(name), inputSchema: fromJsonSchema(schema) }, async () => answer(text('ok')));
  server.registerTool('greet', { ...described('greet'), inputSchema: z.object({ name: z.string() }) }, async ({ name }) => answer(text(`Hello, ${name}!`)));
  // These are here for who knows no tasks; who does is answered before.
  for (const name of Object.keys(taskTools))
    server.registerTool(name, { ...described(name), inputSchema: z.looseObject({}) }, async () => answer(text('done at once')));
  for (const [uri, found] of Object.entries(fixtures.resources))
    server.registerResource(uri.slice(7), uri, { description: `The resource ${uri}.`, mimeType: found.mimeType }, async () => ({ contents: [{ uri, ...found }] }));
  server.registerResource('template', new ResourceTemplate('test://template/{id}/data', { list: undefined }), { description: 'A template.' },
    async (uri, { id }) => ({ contents: [{ uri: uri.href, ...fixtures.templateData(id) }] }));
  for (const [name, [needs, make]] of Object.entries(fixtures.prompts))
    server.registerPrompt(name, { description: `The prompt ${name}.`, argsSchema: z.object(Object.fromEntries(needs.map((n) => [n, z.string().describe(`The argument ${n}.`)]))) }, async (args) => fixtures.turns(make(args)));
  server.registerPrompt('test_input_required_result_prompt', { description: 'Asks.' }, async (ctx) => {
    const context = said(ctx, 'user_context', 'context');
    return context === undefined ? inputRequired({ inputRequests: { user_context: ask('What context should the prompt use?', { context: { type: 'string' } }) } }) : fixtures.turns([text(`Context: ${context}`)]);
  });
  server.server.setRequestHandler('completion/complete', async () => ({ completion: { values: ['paris', 'park', 'party'], total: 3, hasMore: false } }));
  return server;
}

const handler = createMcpHandler(make);
const serve = toNodeHandler(handler);

async function read(request) {
  const pieces = [];
  for await (const piece of request)
    pieces.push(piece);
  try {
    return JSON.parse(Buffer.concat(pieces));
  } catch {
    return undefined;
  }
}

const http = createServer(async (request, response) => {
  if (fixtures.isForeign(request, response))
    return;
  const message = request.method === 'POST' ? await read(request) : undefined;
  const [status, outcome] = (message && answerTask(message, request.headers)) ?? [];
  if (status === undefined)
    return serve(request, response, message);
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ jsonrpc: '2.0', id: message.id, ...outcome }));
});
http.listen(0, '127.0.0.1', () => console.log(`port ${http.address().port}`));
