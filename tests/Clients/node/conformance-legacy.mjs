// A server for the conformance suite, of the era with sessions (up to 2025-11-25), on the official SDK. Prints its port.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import * as types from '@modelcontextprotocol/sdk/types.js';
import * as fixtures from './conformance-fixtures.mjs';

const { answer, text, pause } = fixtures;
const nothing = { type: 'object', properties: {} };
const form = (title) => async (extra, message, requestedSchema) => {
  const result = await extra.sendRequest({ method: 'elicitation/create', params: { message, requestedSchema } }, types.ElicitResultSchema);
  return answer(text(`${title}: action=${result.action}, content=${JSON.stringify(result.content ?? {})}`));
};

const tools = {
  ...Object.fromEntries(Object.entries(fixtures.fixedTools).map(([name, result]) => [name, { run: () => result }])),
  json_schema_2020_12_tool: { schema: fixtures.richSchema, run: () => answer(text('ok')) },
  test_error_handling: { run: () => ({ ...answer(text('This tool intentionally returns an error for testing')), isError: true }) },
  test_tool_with_logging: {
    async run(_, extra) {
      for (const data of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
        await extra.sendNotification({ method: 'notifications/message', params: { level: 'info', data } });
        await pause(50);
      }
      return answer(text('logged'));
    },
  },
  test_tool_with_progress: {
    async run(_, extra) {
      const progressToken = extra._meta?.progressToken;
      for (const progress of [0, 50, 100]) {
        if (progressToken !== undefined)
          await extra.sendNotification({ method: 'notifications/progress', params: { progressToken, progress, total: 100, message: `Completed step ${progress} of 100` } });
        await pause(50);
      }
      return answer(text('done'));
    },
  },
  test_sampling: {
    schema: { type: 'object', properties: { prompt: { type: 'string' } }, required: ['prompt'] },
    async run({ prompt }, extra) {
      const params = { messages: [{ role: 'user', content: text(prompt) }], maxTokens: 100 };
      const result = await extra.sendRequest({ method: 'sampling/createMessage', params }, types.CreateMessageResultSchema);
      return answer(text(`LLM response: ${result.content.text}`));
    },
  },
  test_elicitation: {
    schema: { type: 'object', properties: { message: { type: 'string' } }, required: ['message'] },
    run: ({ message }, extra) => form('User response')(extra, message, fixtures.contactForm),
  },
  test_elicitation_sep1034_defaults: { run: (_, extra) => form('Elicitation completed')(extra, 'Please review the form', fixtures.defaultsForm) },
  test_elicitation_sep1330_enums: { run: (_, extra) => form('Elicitation completed')(extra, 'Please choose', fixtures.enumsForm) },
  test_reconnection: {
    async run(_, extra) {
      extra.closeSSEStream?.();
      await pause(100);
      return answer(text('Reconnected'));
    },
  },
};

function make() {
  const server = new Server({ name: 'conformance', version: '1.0.0' }, {
    capabilities: { tools: { listChanged: true }, resources: { subscribe: true, listChanged: true }, prompts: { listChanged: true }, logging: {}, completions: {} },
  });
  const on = (schema, handler) => server.setRequestHandler(schema, handler);
  on(types.ListToolsRequestSchema, () => ({ tools: Object.entries(tools).map(([name, { schema }]) => ({ name, description: `The tool ${name}.`, inputSchema: schema ?? nothing })) }));
  on(types.CallToolRequestSchema, ({ params }, extra) => {
    if (!Object.hasOwn(tools, params.name))
      throw new types.McpError(types.ErrorCode.InvalidParams, `Unknown tool: ${params.name}`);
    return tools[params.name].run(params.arguments ?? {}, extra);
  });
  on(types.ListResourcesRequestSchema, () => ({ resources: Object.entries(fixtures.resources).map(([uri, { mimeType }]) => ({ uri, mimeType, name: uri.slice(7), description: `The resource ${uri}.` })) }));
  on(types.ListResourceTemplatesRequestSchema, () => ({ resourceTemplates: [{ uriTemplate: 'test://template/{id}/data', name: 'template', description: 'A template.', mimeType: 'application/json' }] }));
  on(types.ReadResourceRequestSchema, ({ params: { uri } }) => {
    const id = /^test:\/\/template\/([^/]+)\/data$/.exec(uri)?.[1];
    const found = id === undefined ? fixtures.resources[uri] : fixtures.templateData(id);
    if (found === undefined)
      throw new types.McpError(types.ErrorCode.InvalidParams, 'Resource not found', { uri });
    return { contents: [{ uri, ...found }] };
  });
  on(types.SubscribeRequestSchema, () => ({}));
  on(types.UnsubscribeRequestSchema, () => ({}));
  on(types.ListPromptsRequestSchema, () => ({
    prompts: Object.entries(fixtures.prompts).map(([name, [needs]]) => ({ name, description: `The prompt ${name}.`, arguments: needs.map((n) => ({ name: n, description: `The argument ${n}.`, required: true })) })),
  }));
  on(types.GetPromptRequestSchema, ({ params }) => fixtures.turns(fixtures.prompts[params.name][1](params.arguments ?? {})));
  on(types.CompleteRequestSchema, () => ({ completion: { values: ['paris', 'park', 'party'], total: 3, hasMore: false } }));
  on(types.SetLevelRequestSchema, () => ({}));
  return server;
}

/** Events of a session, so that a stream which was cut can be taken up again. */
function eventStore() {
  const events = [];
  return {
    async storeEvent(stream, message) {
      events.push({ stream, message });
      return String(events.length - 1);
    },
    async replayEventsAfter(last, { send }) {
      const { stream } = events[Number(last)];
      for (let i = Number(last) + 1; i < events.length; i++) {
        if (events[i].stream === stream && Object.keys(events[i].message).length > 0)
          await send(String(i), events[i].message);
      }
      return stream;
    },
  };
}

const sessions = new Map();

async function transportOf(request) {
  const known = request.headers['mcp-session-id'];
  if (known !== undefined)
    return sessions.get(known);
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    eventStore: eventStore(),
    retryInterval: 500,
    onsessioninitialized: (id) => sessions.set(id, transport),
    onsessionclosed: (id) => sessions.delete(id),
  });
  await make().connect(transport);
  return transport;
}

const http = createServer(async (request, response) => {
  if (fixtures.isForeign(request, response))
    return;
  const transport = await transportOf(request);
  if (transport !== undefined)
    return transport.handleRequest(request, response);
  response.writeHead(404, { 'content-type': 'application/json' });
  response.end('{"jsonrpc":"2.0","id":null,"error":{"code":-32001,"message":"Session not found"}}');
});
http.listen(0, '127.0.0.1', () => console.log(`port ${http.address().port}`));
