// What a user of the official OpenAI SDK sees of the endpoints beside chat. Usage: node openai-endpoints-client.mjs BASE_URL; prints one JSON object.
import OpenAI, { AzureOpenAI } from 'openai';

const client = new OpenAI({ apiKey: 'none', baseURL: process.argv[2], maxRetries: 2 });

async function seen(work) {
  const parts = {};
  try {
    return { value: await work(parts) };
  } catch (error) {
    return { error: error.constructor.name, status: error.status, code: error.code, message: error.message, parts };
  }
}

async function read(stream, parts) {
  Object.assign(parts, { text: '', finish: null });
  for await (const chunk of stream) {
    for (const choice of chunk.choices) {
      parts.text += choice.text;
      parts.finish = choice.finish_reason ?? parts.finish;
    }
  }
  return parts;
}

const chat = (content) => client.chat.completions.create({ model: 'm', messages: [{ role: 'user', content }], logprobs: true, top_logprobs: 1 });
const azure = (deployment) => new AzureOpenAI({ apiKey: 'none', apiVersion: '2025-04-01-preview', endpoint: new URL(process.argv[2]).origin, deployment, maxRetries: 2 })
  .chat.completions.create({ model: 'whatever', messages: [{ role: 'user', content: 'plain' }] });
const results = {
  completion: await seen(async () => (await client.completions.create({ model: 'm', prompt: 'plain' })).choices[0].text),
  completionStream: await seen(async (parts) => read(await client.completions.create({ model: 'm', prompt: 'stream', stream: true }), parts)),
  refusedStream: await seen(async (parts) => read(await client.completions.create({ model: 'm', prompt: 'stream a key', stream: true }), parts)),
  refusedTokens: await seen(() => client.completions.create({ model: 'm', prompt: [1, 2, 3] })),
  embedding: await seen(async () => (await client.embeddings.create({ model: 'm', input: ['key KEY'.replace('KEY', process.argv[3]), 'words'] })).data[0].embedding),
  moderation: await seen(async () => (await client.moderations.create({ input: 'words' })).results[0].flagged),
  models: await seen(async () => { const ids = []; for await (const model of client.models.list()) ids.push(model.id); return ids; }),
  logprobs: await seen(async () => (await chat('plain')).choices[0]),
  azure: await seen(async () => (await azure('mine')).choices[0].message.content),
  azureRefused: await seen(() => azure('other')),
  masked: await seen(async () => (await chat('a key')).choices[0]),
};
console.log(JSON.stringify(results));
