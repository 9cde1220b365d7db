// What a user of the official Anthropic SDK sees through the filter. Usage: node anthropic-client.mjs BASE_URL; prints one JSON object.
import Anthropic, { toFile } from '@anthropic-ai/sdk';

const client = new Anthropic({ apiKey: 'none', baseURL: process.argv[2], maxRetries: 2 });
const tool = (name) => ({ name, description: `The tool ${name}.`, input_schema: { type: 'object', properties: {} } });
const ask = (content, more = {}) => ({ model: 'm', max_tokens: 100, messages: [{ role: 'user', content }], ...more });

async function seen(work) {
  try {
    return { value: await work() };
  } catch (error) {
    return { error: error.constructor.name, status: error.status, type: error.type, message: error.message };
  }
}

const said = (message) => ({
  texts: message.content.filter((b) => b.type === 'text').map((b) => b.text),
  calls: message.content.filter((b) => b.type.endsWith('tool_use')).map((b) => ({ name: b.name, input: b.input })),
  stop: message.stop_reason,
  why: message.stop_details?.explanation ?? null,
});

async function events(stream) {
  const kinds = [];
  for await (const event of stream) kinds.push(event.type);
  return kinds;
}

const results = {
  plain: await seen(async () => said(await client.messages.create(ask('plain', { system: 'Be brief.' })))),
  stream: await seen(async () => said(await client.messages.stream(ask('stream')).finalMessage())),
  betaStream: await seen(async () => said(await client.beta.messages.stream(ask('stream')).finalMessage())),
  events: await seen(async () => events(await client.messages.create(ask('stream', { stream: true })))),
  toolRound: await seen(async () => {
    const first = await client.messages.create(ask('call search', { tools: [tool('search'), tool('delete_files')] }));
    const call = first.content.find((b) => b.type === 'tool_use');
    const second = await client.messages.create({
      model: 'm', max_tokens: 100, tools: [tool('search')],
      messages: [{ role: 'user', content: 'call search' }, { role: 'assistant', content: first.content },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: call.id, content: '{"hits":3}' }] }],
    });
    return { called: call.name, input: call.input, then: said(second).texts[0] };
  }),
  toolStream: await seen(async () => said(await client.messages.stream(ask('stream search', { tools: [tool('search')] })).finalMessage())),
  count: await seen(async () => (await client.messages.countTokens({ model: 'm', messages: [{ role: 'user', content: 'count' }] })).input_tokens),
  batch: await seen(async () => {
    const batch = await client.messages.batches.create({ requests: [{ custom_id: 'a', params: ask('batched', { tools: [tool('search'), tool('delete_files')] }) }] });
    const lines = [];
    for await (const line of await client.messages.batches.results(batch.id)) lines.push(`${line.custom_id} ${line.result.type}`);
    return lines;
  }),
  upload: await seen(async () => (await client.beta.files.upload({ file: await toFile(Buffer.from('a,b\n1,2\n'), 'data.csv', { type: 'text/csv' }) })).filename),
  models: await seen(async () => (await client.models.list()).data.map((m) => m.id)),
  refusedBefore: await seen(() => client.messages.create(ask('x', { tools: [tool('delete_files')], tool_choice: { type: 'tool', name: 'delete_files' } }))),
  refusedImage: await seen(() => client.messages.create(ask([{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } }]))),
  refusedAnswer: await seen(() => client.messages.create(ask('call delete_files'))),
  refusedStream: await seen(async () => said(await client.messages.stream(ask('stream delete_files')).finalMessage())),
  refusedEvents: await seen(async () => events(await client.messages.create(ask('stream delete_files', { stream: true })))),
};
console.log(JSON.stringify(results));
