// A real MCP server of the 2026-07-28 era, for the client tests. Prints its port, and one line a tool that really ran.
import { createServer } from 'node:http';
import { McpServer, acceptedContent, createMcpHandler, inputRequired } from '@modelcontextprotocol/server';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { z } from 'zod';
import { form, names, run } from './mcp-fixtures.mjs';

function make() {
  const server = new McpServer({ name: 'lab', version: '1.0.0' });
  for (const name of names) {
    server.registerTool(name, { description: `The tool ${name}.`, inputSchema: z.object({ q: z.string().optional() }) }, async ({ q }, ctx) => {
      const city = acceptedContent(ctx.mcpReq.inputResponses, 'city', z.object({ city: z.string() }))?.city;
      if (name === 'ask' && city === undefined)
        return inputRequired({ inputRequests: { city: inputRequired.elicit(form) } });
      const progressToken = ctx.mcpReq._meta?.progressToken;
      return run(name, city ?? q, async (progress) => {
        if (progressToken !== undefined)
          await ctx.mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total: 2, message: `step ${progress}` } });
      });
    });
  }
  server.registerResource('notes', 'test://notes', { description: 'Notes.' }, async (uri) => ({ contents: [{ uri: uri.href, text: 'a note' }] }));
  server.registerPrompt('greet', { description: 'Greets.', argsSchema: z.object({ who: z.string() }) }, async ({ who }) => ({ messages: [{ role: 'user', content: { type: 'text', text: `Greet ${who}.` } }] }));
  return server;
}

const handler = toNodeHandler(createMcpHandler(make));
const http = createServer((request, response) => handler(request, response));
http.listen(0, '127.0.0.1', () => console.log(`port ${http.address().port}`));
