// A real MCP server of the eras with sessions: Streamable HTTP at /mcp (2025-11-25), HTTP+SSE at /sse and /messages (2024-11-05).
// Prints its port, and one line a tool that really ran.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { ElicitResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import { form, names, run } from './mcp-fixtures.mjs';

function make() {
  const server = new McpServer({ name: 'lab', version: '1.0.0' });
  for (const name of names) {
    server.registerTool(name, { description: `The tool ${name}.`, inputSchema: { q: z.string().optional() } }, async ({ q }, extra) => {
      const said = name === 'ask' ? (await extra.sendRequest({ method: 'elicitation/create', params: form }, ElicitResultSchema)).content?.city : q;
      const progressToken = extra._meta?.progressToken;
      return run(name, said, async (progress) => {
        if (progressToken !== undefined)
          await extra.sendNotification({ method: 'notifications/progress', params: { progressToken, progress, total: 2, message: `step ${progress}` } });
      });
    });
  }
  server.registerResource('notes', 'test://notes', { description: 'Notes.' }, async (uri) => ({ contents: [{ uri: uri.href, text: 'a note' }] }));
  server.registerPrompt('greet', { description: 'Greets.', argsSchema: { who: z.string() } }, async ({ who }) => ({ messages: [{ role: 'user', content: { type: 'text', text: `Greet ${who}.` } }] }));
  return server;
}

const sessions = new Map();

async function transportFor(request, response, path) {
  if (path.pathname === '/messages')
    return sessions.get(path.searchParams.get('sessionId'));
  const known = request.headers['mcp-session-id'];
  if (known !== undefined)
    return sessions.get(known);
  const transport = path.pathname === '/sse' ? new SSEServerTransport('/messages', response)
    : new StreamableHTTPServerTransport({ sessionIdGenerator: randomUUID, onsessioninitialized: (id) => sessions.set(id, transport) });
  if (path.pathname === '/sse')
    sessions.set(transport.sessionId, transport);
  await make().connect(transport);
  return transport;
}

const http = createServer(async (request, response) => {
  const path = new URL(request.url, 'http://localhost');
  const transport = await transportFor(request, response, path);
  if (path.pathname === '/messages')
    await transport.handlePostMessage(request, response);
  else if (path.pathname === '/mcp')
    await transport.handleRequest(request, response);
});
http.listen(0, '127.0.0.1', () => console.log(`port ${http.address().port}`));
