// What a user of the official Google Gen AI SDK sees through the filter. Usage: node gemini-client.mjs BASE_URL; prints one JSON object.
import { GoogleGenAI } from '@google/genai';

const baseUrl = process.argv[2];
const gemini = new GoogleGenAI({ apiKey: 'none', httpOptions: { baseUrl } });
const vertex = new GoogleGenAI({ vertexai: true, apiKey: 'none', httpOptions: { baseUrl } });
const tool = (name) => ({ name, description: `The tool ${name}.`, parametersJsonSchema: { type: 'object', properties: {} } });
const fn = (name) => ({ name, description: `The tool ${name}.`, parameters: { type: 'object', properties: {} } });
const ask = (contents, config = {}) => ({ model: 'gemini-2.5-flash', contents, config });

async function seen(work) {
  try {
    return { value: await work() };
  } catch (error) {
    return { error: error.constructor.name, status: error.status, message: error.message };
  }
}

async function read(stream) {
  const parts = { text: '', calls: [], finish: null, message: null, chunks: 0 };
  for await (const chunk of stream) {
    parts.chunks++;
    parts.text += chunk.text ?? '';
    for (const call of chunk.functionCalls ?? []) parts.calls.push(call.name);
    parts.finish = chunk.candidates?.[0]?.finishReason ?? parts.finish;
    parts.message = chunk.candidates?.[0]?.finishMessage ?? parts.message;
  }
  return parts;
}

async function round(client) {
  const tools = [{ functionDeclarations: [tool('search'), tool('delete_files')] }, { googleSearch: {} }];
  const first = await client.models.generateContent(ask('call search', { tools }));
  const call = first.functionCalls[0];
  const second = await client.models.generateContent(ask([
    { role: 'user', parts: [{ text: 'call search' }] },
    first.candidates[0].content,
    { role: 'user', parts: [{ functionResponse: { id: call.id, name: call.name, response: { hits: 3 } } }] },
  ]));
  return { called: call.name, args: call.args, signature: first.candidates[0].content.parts[0].thoughtSignature, then: second.text };
}

async function steps(input) {
  const parts = { text: '', calls: [], types: [], status: null, error: null };
  for await (const event of await gemini.interactions.create({ model: 'gemini-2.5-flash', input, stream: true })) {
    parts.types.push(event.event_type);
    if (event.event_type === 'step.start' && event.step.type === 'function_call') parts.calls.push(event.step.name);
    if (event.event_type === 'step.delta' && event.delta.type === 'text') parts.text += event.delta.text;
    if (event.event_type === 'error') parts.error = event.error.message;
    parts.status = event.interaction?.status ?? parts.status;
  }
  return parts;
}

async function interact(input, more = {}) {
  const answer = await gemini.interactions.create({ model: 'gemini-2.5-flash', input, ...more });
  return { status: answer.status, text: answer.output_text, calls: answer.steps.filter((s) => s.type === 'function_call').map((s) => s.name) };
}

async function array(text) {
  const answer = await fetch(`${baseUrl}/v1beta/models/gemini-2.5-flash:streamGenerateContent`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ contents: [{ parts: [{ text }] }] }),
  });
  const elements = await answer.json();
  const last = elements.at(-1).candidates[0];
  return { text: elements.flatMap((e) => e.candidates[0].content.parts.map((p) => p.text ?? '')).join(''), finish: last.finishReason, message: last.finishMessage ?? null };
}

const results = {
  plain: await seen(async () => (await gemini.models.generateContent(ask('plain'))).text),
  vertex: await seen(async () => (await vertex.models.generateContent(ask('plain'))).text),
  tokens: await seen(async () => (await gemini.models.countTokens({ model: 'gemini-2.5-flash', contents: 'count' })).totalTokens),
  stream: await seen(async () => read(await gemini.models.generateContentStream(ask('stream')))),
  vertexStream: await seen(async () => read(await vertex.models.generateContentStream(ask('stream')))),
  array: await seen(() => array('stream')),
  toolRound: await seen(() => round(gemini)),
  vertexToolRound: await seen(() => round(vertex)),
  refusedBefore: await seen(() => gemini.models.generateContent(ask('x', {
    tools: [{ functionDeclarations: [tool('delete_files')] }],
    toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['delete_files'] } },
  }))),
  refusedAnswer: await seen(() => gemini.models.generateContent(ask('call delete_files'))),
  refusedStream: await seen(async () => read(await gemini.models.generateContentStream(ask('stream delete_files')))),
  refusedPieces: await seen(async () => read(await vertex.models.generateContentStream(ask('stream delete_files in pieces')))),
  interaction: await seen(() => interact('plain')),
  interactionRound: await seen(async () => {
    const first = await interact('call search', { tools: [{ type: 'function', ...fn('search') }, { type: 'function', ...fn('delete_files') }, { type: 'google_search' }] });
    return { called: first.calls[0], then: (await interact([{ type: 'function_result', call_id: 'f1', name: 'search', result: '{"hits":3}' }])).text };
  }),
  interactionStream: await seen(() => steps('stream')),
  interactionRefusedBefore: await seen(() => interact('x', { tools: [{ type: 'function', ...fn('delete_files') }], generation_config: { tool_choice: 'any' } })),
  interactionRefusedStream: await seen(() => steps('stream delete_files')),
  refusedArray: await seen(() => array('stream delete_files')),
};
console.log(JSON.stringify(results));
