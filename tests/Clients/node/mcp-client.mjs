// What a user of an official MCP SDK sees through the filter.
// Usage: node mcp-client.mjs legacy|modern URL ALLOWED_TOOL FORBIDDEN_TOOL; prints one JSON object.
const [, , era, url, allowed, forbidden] = process.argv;

async function connect() {
  if (era === 'legacy') {
    const { Client } = await import('@modelcontextprotocol/sdk/client/index.js');
    const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/sdk/client/streamableHttp.js');
    const client = new Client({ name: 'lab', version: '1.0.0' });
    await client.connect(new StreamableHTTPClientTransport(new URL(url)));
    return client;
  }
  const { Client, StreamableHTTPClientTransport } = await import('@modelcontextprotocol/client');
  const client = new Client({ name: 'lab', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } });
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  return client;
}

async function seen(work) {
  try {
    return { value: await work() };
  } catch (error) {
    return { error: error.constructor.name, code: error.code, message: String(error.message).slice(0, 400) };
  }
}

const client = await connect();
const results = {
  tools: await seen(async () => (await client.listTools()).tools.map((t) => t.name)),
  allowed: await seen(() => client.callTool({ name: allowed, arguments: era === 'legacy' ? { message: 'hi' } : { q: 'hi' } })),
  forbidden: await seen(() => client.callTool({ name: forbidden, arguments: {} })),
};
await client.close().catch(() => {});
console.log(JSON.stringify(results));
process.exit(0);
