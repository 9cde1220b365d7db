// A client for the conformance suite's client scenarios, on the official SDK of the era asked for. The suite appends the address of
// its own server. With FILTER_PORT the client goes there instead, and says in TARGET_FILE where the filter's origin is now.
import { writeFileSync } from 'node:fs';

const { MCP_CONFORMANCE_SCENARIO: scenario, MCP_CONFORMANCE_PROTOCOL_VERSION: version, MCP_CONFORMANCE_CONTEXT: context, FILTER_PORT: filter, TARGET_FILE: target } = process.env;
const url = new URL(process.argv[2]);
if (filter !== undefined) {
  writeFileSync(target, url.port);
  url.port = filter;
}

async function connect() {
  const capabilities = { elicitation: { form: { applyDefaults: true } } };
  const name = { name: 'conformance-client', version: '1.0.0' };
  const accept = async (request) => ({ action: 'accept', content: request.params.requestedSchema?.properties?.confirmed ? { confirmed: true } : {} });
  if (version >= '2026-07-28') {
    const { Client, StreamableHTTPClientTransport } = await import('@modelcontextprotocol/client');
    const client = new Client(name, { capabilities, versionNegotiation: { mode: 'auto' } });
    client.setRequestHandler('elicitation/create', accept);
    await client.connect(new StreamableHTTPClientTransport(url));
    return client;
  }
  const { Client } = await import('@modelcontextprotocol/sdk/client/index.js');
  const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/sdk/client/streamableHttp.js');
  const { ElicitRequestSchema } = await import('@modelcontextprotocol/sdk/types.js');
  const client = new Client(name, { capabilities });
  client.setRequestHandler(ElicitRequestSchema, accept);
  await client.connect(new StreamableHTTPClientTransport(url));
  return client;
}

const argumentsOf = {
  add_numbers: { a: 5, b: 3 },
};

/** What a scenario wants beyond a look at the tools. */
async function act(client, tools) {
  const named = (name) => tools.find((t) => t.name === name);
  if (scenario === 'json-schema-2020-12-preservation')
    return client.callTool({ name: 'json_schema_echo', arguments: { schema: named('json_schema_2020_12_tool').inputSchema } });
  if (scenario === 'http-custom-headers') {
    for (const call of JSON.parse(context).toolCalls)
      await client.callTool(call);
    return undefined;
  }
  if (scenario === 'json-schema-ref-no-deref' || scenario === 'initialize')
    return undefined;
  for (const { name } of tools)
    await client.callTool({ name, arguments: argumentsOf[name] ?? {} }).catch(() => {});
  if (scenario === 'http-standard-headers') {
    await client.listResources().then(({ resources }) => client.readResource({ uri: resources[0].uri })).catch(() => {});
    await client.listPrompts().then(({ prompts }) => client.getPrompt({ name: prompts[0].name })).catch(() => {});
  }
  return undefined;
}

const client = await connect();
const { tools } = await client.listTools();
await act(client, tools);
await client.close();
process.exit(0);
