// What a user of the official Ollama library sees through the filter. Usage: node ollama-client.mjs HOST; prints one JSON object.
import { Ollama } from 'ollama';

const client = new Ollama({ host: process.argv[2] });
const tool = (name) => ({ type: 'function', function: { name, description: `The tool ${name}.`, parameters: { type: 'object', properties: {} } } });
const ask = (content, more = {}) => ({ model: 'llama3', messages: [{ role: 'user', content }], ...more });

async function seen(work) {
  try {
    return { value: await work() };
  } catch (error) {
    return { error: error.constructor.name, status: error.status_code, message: error.message };
  }
}

async function read(stream) {
  const parts = { text: '', thinking: '', calls: [], reason: null };
  for await (const line of stream) {
    parts.text += line.message?.content ?? line.response ?? '';
    parts.thinking += line.message?.thinking ?? '';
    for (const call of line.message?.tool_calls ?? []) parts.calls.push(call.function.name);
    parts.reason = line.done_reason ?? parts.reason;
  }
  return parts;
}

const results = {
  plain: await seen(async () => (await client.chat(ask('plain'))).message.content),
  stream: await seen(async () => read(await client.chat(ask('stream', { stream: true })))),
  generate: await seen(async () => read(await client.generate({ model: 'llama3', prompt: 'stream', stream: true }))),
  embed: await seen(async () => (await client.embed({ model: 'llama3', input: ['a'] })).embeddings[0].length),
  list: await seen(async () => (await client.list()).models[0].name),
  toolRound: await seen(async () => {
    const first = await client.chat(ask('call search', { tools: [tool('search'), tool('delete_files')] }));
    const call = first.message.tool_calls[0].function;
    const second = await client.chat({ model: 'llama3', messages: [{ role: 'user', content: 'call search' }, first.message, { role: 'tool', tool_name: call.name, content: '{"hits":3}' }] });
    return { called: call.name, arguments: call.arguments, then: second.message.content };
  }),
  refusedBefore: await seen(() => client.chat(ask('plain', { model: 'evil' }))),
  refusedAnswer: await seen(() => client.chat(ask('call delete_files'))),
  refusedStream: await seen(async () => read(await client.chat(ask('stream delete_files', { stream: true })))),
  refusedGenerate: await seen(async () => read(await client.generate({ model: 'llama3', prompt: 'stream delete_files', stream: true }))),
  refusedPull: await seen(() => client.pull({ model: 'evil' })),
  refusedSource: await seen(() => client.copy({ source: 'evil', destination: 'llama4' })),
};
console.log(JSON.stringify(results));
