// What a user of the official OpenAI SDK sees of the Responses API through the filter. Usage: node openai-responses-client.mjs BASE_URL; prints one JSON object.
import OpenAI, { AzureOpenAI } from 'openai';

const client = new OpenAI({ apiKey: 'none', baseURL: process.argv[2], maxRetries: 2 });
const azure = new AzureOpenAI({ apiKey: 'none', apiVersion: '2025-04-01-preview', endpoint: new URL(process.argv[2]).origin, maxRetries: 2 });
const tool = (name) => ({ type: 'function', name, description: `The tool ${name}.`, parameters: { type: 'object', properties: {} }, strict: false });
const ask = (input, more = {}) => ({ model: 'm', input, ...more });

async function seen(work) {
  try {
    return { value: await work() };
  } catch (error) {
    return { error: error.constructor.name, status: error.status, code: error.code, type: error.type, message: error.message };
  }
}

async function read(stream) {
  const parts = { types: [], text: '', done: [], refusal: '', calls: [], status: null, reason: null, output: null };
  for await (const event of stream) {
    parts.types.push(event.type);
    if (event.type === 'response.output_text.delta') parts.text += event.delta;
    if (event.type === 'response.output_text.done') parts.done.push(event.text);
    if (event.type === 'response.content_part.done' && event.part.type === 'output_text') parts.done.push(event.part.text);
    if (event.type === 'response.refusal.delta') parts.refusal += event.delta;
    if (event.type === 'response.output_item.added' && event.item.type === 'function_call') parts.calls.push(event.item.name);
    if (['response.completed', 'response.incomplete', 'response.failed'].includes(event.type)) {
      parts.status = event.response.status;
      parts.reason = event.response.incomplete_details?.reason ?? null;
      parts.output = event.response.output.flatMap((item) => item.content ?? []).map((part) => part.text ?? part.refusal).join('');
    }
  }
  return parts;
}

async function accumulate(input) {
  const response = await client.responses.stream(ask(input)).finalResponse();
  return { status: response.status, reason: response.incomplete_details?.reason ?? null, text: response.output_text,
    refusal: response.output.flatMap((item) => item.content ?? []).filter((part) => part.type === 'refusal').map((part) => part.refusal).join('') };
}

const results = {
  plain: await seen(async () => (await client.responses.create(ask('plain'))).output_text),
  stream: await seen(async () => read(await client.responses.create(ask('stream', { stream: true })))),
  accumulated: await seen(() => accumulate('stream')),
  masked: await seen(async () => read(await client.responses.create(ask('stream address', { stream: true })))),
  toolRound: await seen(async () => {
    const first = await client.responses.create(ask('call search', { tools: [tool('search'), tool('delete_files'), { type: 'web_search' }] }));
    const call = first.output.find((item) => item.type === 'function_call');
    const second = await client.responses.create(ask([{ role: 'user', content: 'plain' }, ...first.output, { type: 'function_call_output', call_id: call.call_id, output: '{"hits":3}' }]));
    return { called: call.name, then: second.output_text };
  }),
  toolStream: await seen(async () => read(await client.responses.create(ask('stream search', { stream: true, tools: [tool('search')] })))),
  azure: await seen(async () => (await azure.responses.create(ask('plain'))).output_text),
  refusedAzure: await seen(() => azure.responses.create(ask('call delete_files'))),
  refusedBefore: await seen(() => client.responses.create(ask('x', { tools: [tool('delete_files')], tool_choice: { type: 'function', name: 'delete_files' } }))),
  refusedAnswer: await seen(() => client.responses.create(ask('call delete_files'))),
  refusedState: await seen(() => client.responses.create(ask('x', { previous_response_id: 'resp_0' }))),
  refusedStream: await seen(async () => read(await client.responses.create(ask('stream delete_files', { stream: true })))),
  refusedAccumulated: await seen(() => accumulate('stream delete_files')),
  refusedAtOnce: await seen(() => accumulate('stream at once delete_files')),
  conversation: await seen(async () => {
    const conversation = await client.conversations.create({ items: [{ role: 'user', content: 'hello' }] });
    await client.conversations.items.list(conversation.id);
    return conversation.id;
  }),
};
console.log(JSON.stringify(results));
