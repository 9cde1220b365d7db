// What a user of an official MCP SDK sees through the filter.
// Usage: node mcp-client.mjs legacy|sse|modern URL; prints one JSON object.
const [, , era, url] = process.argv;

async function connect() {
  const capabilities = { elicitation: {} };
  if (era === 'modern') {
    const { Client, StreamableHTTPClientTransport } = await import('@modelcontextprotocol/client');
    const client = new Client({ name: 'lab', version: '1.0.0' }, { capabilities, versionNegotiation: { mode: 'auto' } });
    client.setRequestHandler('elicitation/create', answer);
    await client.connect(new StreamableHTTPClientTransport(new URL(url)));
    return [client, (call, options) => client.callTool(call, options)];
  }
  const { Client } = await import('@modelcontextprotocol/sdk/client/index.js');
  const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/sdk/client/streamableHttp.js');
  const { SSEClientTransport } = await import('@modelcontextprotocol/sdk/client/sse.js');
  const { ElicitRequestSchema } = await import('@modelcontextprotocol/sdk/types.js');
  const client = new Client({ name: 'lab', version: '1.0.0' }, { capabilities });
  client.setRequestHandler(ElicitRequestSchema, answer);
  await client.connect(era === 'sse' ? new SSEClientTransport(new URL(url)) : new StreamableHTTPClientTransport(new URL(url)));
  return [client, (call, options) => client.callTool(call, undefined, options)];
}

const asked = [];

async function answer(request) {
  asked.push(request.params.message);
  return { action: 'accept', content: { city: 'Oslo' } };
}

async function seen(work) {
  try {
    return { value: await work() };
  } catch (error) {
    return { error: error.constructor.name, code: error.code, message: String(error.message).slice(0, 400) };
  }
}

const [client, call] = await connect();
const steps = [];
const onprogress = ({ message }) => steps.push(message);
const results = {
  tools: await seen(async () => (await client.listTools()).tools.map((t) => t.name)),
  allowed: await seen(() => call({ name: 'search', arguments: { q: 'hi' } })),
  progress: await seen(async () => [await call({ name: 'search', arguments: { q: 'hi' } }, { onprogress }), steps.splice(0)]),
  elicited: await seen(async () => [await call({ name: 'ask', arguments: {} }), asked]),
  resource: await seen(async () => (await client.readResource({ uri: 'test://notes' })).contents[0].text),
  prompt: await seen(async () => (await client.getPrompt({ name: 'greet', arguments: { who: 'Ada' } })).messages[0].content.text),
  forbidden: await seen(() => call({ name: 'delete_files', arguments: {} })),
  // Last: in the oldest era one stream carries all answers, and ends when one of them is refused.
  poison: await seen(() => call({ name: 'poison', arguments: {} }, { onprogress })),
  poisonSteps: steps,
};
await client.close().catch(() => {});
console.log(JSON.stringify(results));
process.exit(0);
