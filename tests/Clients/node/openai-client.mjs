// What a user of the official OpenAI SDK sees through the filter. Usage: node openai-client.mjs BASE_URL; prints one JSON object.
import OpenAI from 'openai';

const client = new OpenAI({ apiKey: 'none', baseURL: process.argv[2], maxRetries: 2 });
const tool = (name) => ({ type: 'function', function: { name, description: `The tool ${name}.`, parameters: { type: 'object', properties: {} } } });
const ask = (content, more = {}) => ({ model: 'm', messages: [{ role: 'user', content }], ...more });

async function seen(work) {
  try {
    return { value: await work() };
  } catch (error) {
    return { error: error.constructor.name, status: error.status, code: error.code, type: error.type, message: error.message };
  }
}

async function read(stream) {
  const parts = { text: '', refusal: '', calls: [], finish: null };
  for await (const chunk of stream) {
    for (const choice of chunk.choices) {
      parts.text += choice.delta.content ?? '';
      parts.refusal += choice.delta.refusal ?? '';
      for (const call of choice.delta.tool_calls ?? []) parts.calls.push(call.function?.name ?? '');
      parts.finish = choice.finish_reason ?? parts.finish;
    }
  }
  return parts;
}

const results = {
  plain: await seen(async () => (await client.chat.completions.create(ask('plain'))).choices[0].message.content),
  stream: await seen(async () => read(await client.chat.completions.create(ask('stream', { stream: true })))),
  toolRound: await seen(async () => {
    const first = await client.chat.completions.create(ask('call search', { tools: [tool('search'), tool('delete_files')] }));
    const call = first.choices[0].message.tool_calls[0];
    const second = await client.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'call search' }, first.choices[0].message,
      { role: 'tool', tool_call_id: call.id, content: '{"hits":3}' }] });
    return { called: call.function.name, then: second.choices[0].message.content };
  }),
  refusedBefore: await seen(() => client.chat.completions.create(ask('x', { tools: [tool('delete_files')], tool_choice: { type: 'function', function: { name: 'delete_files' } } }))),
  refusedAnswer: await seen(() => client.chat.completions.create(ask('call delete_files'))),
  refusedStream: await seen(async () => read(await client.chat.completions.create(ask('stream delete_files', { stream: true })))),
};
console.log(JSON.stringify(results));
