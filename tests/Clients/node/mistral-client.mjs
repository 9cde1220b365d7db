// What a user of Mistral's official SDK sees through the filter. Usage: node mistral-client.mjs SERVER_URL; prints one JSON object.
import { Mistral } from '@mistralai/mistralai';

const client = new Mistral({ apiKey: 'none', serverURL: process.argv[2] });
const tool = (name) => ({ type: 'function', function: { name, description: `The tool ${name}.`, parameters: { type: 'object', properties: {} } } });
const ask = (content, more = {}) => ({ model: 'm', messages: [{ role: 'user', content }], ...more });

async function seen(work) {
  try {
    return { value: await work() };
  } catch (error) {
    return { error: error.constructor.name, status: error.statusCode, message: error.message, body: error.body };
  }
}

async function read(stream) {
  const parts = { text: '', calls: [], finish: null };
  for await (const event of stream) {
    for (const choice of event.data.choices) {
      parts.text += choice.delta.content ?? '';
      for (const call of choice.delta.toolCalls ?? []) parts.calls.push(call.function.name);
      parts.finish = choice.finishReason ?? parts.finish;
    }
  }
  return parts;
}

const results = {
  plain: await seen(async () => (await client.chat.complete(ask('plain'))).choices[0].message.content),
  stream: await seen(async () => read(await client.chat.stream(ask('stream')))),
  toolRound: await seen(async () => {
    const first = await client.chat.complete(ask('call search', { tools: [tool('search'), tool('delete_files')], toolChoice: 'any' }));
    const call = first.choices[0].message.toolCalls[0];
    const second = await client.chat.complete({ model: 'm', messages: [{ role: 'user', content: 'call search' }, { ...first.choices[0].message, role: 'assistant' },
      { role: 'tool', toolCallId: call.id, name: call.function.name, content: '{"hits":3}' }] });
    return { called: call.function.name, args: call.function.arguments, then: second.choices[0].message.content };
  }),
  fim: await seen(async () => (await client.fim.complete({ model: 'm', prompt: 'def f(', suffix: 'return x' })).choices[0].message.content),
  embedding: await seen(async () => (await client.embeddings.create({ model: 'm', inputs: ['words'] })).data[0].embedding),
  refusedBefore: await seen(() => client.chat.complete(ask('x', { tools: [tool('delete_files')], toolChoice: { type: 'function', function: { name: 'delete_files' } } }))),
  refusedAnswer: await seen(() => client.chat.complete(ask('call delete_files'))),
  refusedStream: await seen(async () => read(await client.chat.stream(ask('stream delete_files')))),
};
console.log(JSON.stringify(results));
