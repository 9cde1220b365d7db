// What a user of the official Cohere SDK sees through the filter. Usage: node cohere-client.mjs BASE_URL; prints one JSON object.
import { CohereClient, CohereClientV2 } from 'cohere-ai';

const options = { token: 'none', environment: process.argv[2] };
const client = new CohereClientV2(options);
const first = new CohereClient(options);
const tool = (name) => ({ type: 'function', function: { name, description: `The tool ${name}.`, parameters: { type: 'object', properties: {} } } });
const ask = (content, more = {}) => ({ model: 'command-a', messages: [{ role: 'user', content }], ...more });

async function seen(work) {
  try {
    return { value: await work() };
  } catch (error) {
    return { error: error.constructor.name, status: error.statusCode, message: error.message, body: error.body };
  }
}

async function read(stream) {
  const parts = { text: '', calls: [], types: [], finish: null, error: null };
  for await (const event of stream) {
    parts.types.push(event.type);
    if (event.type === 'content-delta') parts.text += event.delta?.message?.content?.text ?? '';
    if (event.type === 'tool-call-start') parts.calls.push(event.delta?.message?.toolCalls?.function?.name);
    if (event.type === 'message-end') {
      parts.finish = event.delta?.finishReason;
      parts.error = event.delta?.error ?? null;
    }
  }
  return parts;
}

async function readFirst(stream) {
  const parts = { text: '', calls: [], finish: null, last: null };
  for await (const event of stream) {
    if (event.eventType === 'text-generation') parts.text += event.text;
    if (event.eventType === 'tool-calls-generation') parts.calls.push(...event.toolCalls.map((c) => c.name));
    if (event.eventType === 'stream-end') {
      parts.finish = event.finishReason;
      parts.last = event.response.text;
    }
  }
  return parts;
}

const results = {
  plain: await seen(async () => (await client.chat(ask('plain'))).message.content[0].text),
  stream: await seen(async () => read(await client.chatStream(ask('stream')))),
  toolRound: await seen(async () => {
    const one = await client.chat(ask('call search', { tools: [tool('search'), tool('delete_files')] }));
    const call = one.message.toolCalls[0];
    const two = await client.chat({ model: 'command-a', messages: [{ role: 'user', content: 'call search' }, { role: 'assistant', toolCalls: one.message.toolCalls, toolPlan: one.message.toolPlan },
      { role: 'tool', toolCallId: call.id, content: [{ type: 'document', document: { data: { hits: '3' } } }] }] });
    return { called: call.function.name, then: two.message.content[0].text };
  }),
  streamedCall: await seen(async () => read(await client.chatStream(ask('stream call search')))),
  embed: await seen(async () => (await client.embed({ model: 'embed-v4', texts: ['a'], inputType: 'search_document', embeddingTypes: ['float'] })).embeddings.float[0].length),
  rerank: await seen(async () => (await client.rerank({ model: 'rerank', query: 'q', documents: ['a', 'b'] })).results[0].index),
  refusedBefore: await seen(() => client.chat(ask('plain', { model: 'evil' }))),
  refusedAnswer: await seen(() => client.chat(ask('call delete_files'))),
  refusedStream: await seen(async () => read(await client.chatStream(ask('stream delete_files')))),
  firstPlain: await seen(async () => (await first.chat({ model: 'command-a', message: 'plain' })).text),
  firstStream: await seen(async () => readFirst(await first.chatStream({ model: 'command-a', message: 'stream' }))),
  firstRefused: await seen(async () => readFirst(await first.chatStream({ model: 'command-a', message: 'stream delete_files' }))),
  firstConnector: await seen(() => first.chat({ model: 'command-a', message: 'plain', connectors: [{ id: 'web-search' }] })),
};
console.log(JSON.stringify(results));
