// What a user of the official AWS SDK sees through the filter. Usage: node bedrock-client.mjs ENDPOINT h1|h2; prints one JSON object.
import {
  BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand, CountTokensCommand, InvokeModelCommand, InvokeModelWithResponseStreamCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';

const [, , endpoint, transport] = process.argv;
const profile = 'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-3-7-sonnet-20250219-v1:0';

function connect(authorisation) {
  return new BedrockRuntimeClient({
    endpoint, region: 'us-east-1', ...authorisation,
    ...(transport === 'h1' ? { requestHandler: new NodeHttpHandler() } : {}),
  });
}

const signed = connect({ credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'none' } });
const bearer = connect({ token: { token: 'bedrock-api-key-none' }, authSchemePreference: ['httpBearerAuth'] });
const tool = (name) => ({ toolSpec: { name, description: `The tool ${name}.`, inputSchema: { json: { type: 'object', properties: {} } } } });
const user = (text) => ({ role: 'user', content: [{ text }] });
const ask = (text, more = {}) => ({ modelId: 'us.amazon.nova-lite-v1:0', messages: [user(text)], ...more });

async function seen(work) {
  try {
    return { value: await work() };
  } catch (error) {
    return { error: error.name, status: error.$metadata?.httpStatusCode, attempts: error.$metadata?.attempts, message: error.message };
  }
}

async function read({ stream }) {
  const parts = { text: '', calls: [], blocks: 0, finish: null };
  for await (const event of stream) {
    parts.text += event.contentBlockDelta?.delta?.text ?? '';
    if (event.contentBlockStart?.start?.toolUse) parts.calls.push(event.contentBlockStart.start.toolUse.name);
    if (event.contentBlockStop) parts.blocks++;
    parts.finish = event.messageStop?.stopReason ?? parts.finish;
  }
  return parts;
}

async function readChunks({ body }) {
  const parts = { text: '', finish: null, events: [] };
  for await (const { chunk } of body) {
    const event = JSON.parse(new TextDecoder().decode(chunk.bytes));
    parts.events.push(event.type);
    parts.text += event.delta?.text ?? event.outputText ?? '';
    parts.finish = event.delta?.stop_reason ?? parts.finish;
  }
  return parts;
}

const invoke = (body) => ({ modelId: profile, contentType: 'application/json', body: JSON.stringify(body) });
const claude = (content) => invoke({ anthropic_version: 'bedrock-2023-05-31', max_tokens: 9, messages: [{ role: 'user', content }] });
const converse = async (client, input) => (await client.send(new ConverseCommand(input))).output.message.content[0];

const results = {
  plain: await seen(async () => (await converse(signed, ask('plain'))).text),
  profile: await seen(async () => (await converse(signed, { ...ask('plain'), modelId: profile })).text),
  bearer: await seen(async () => (await converse(bearer, ask('plain'))).text),
  stream: await seen(async () => read(await signed.send(new ConverseStreamCommand(ask('stream'))))),
  masked: await seen(async () => read(await signed.send(new ConverseStreamCommand(ask('stream secret'))))),
  tokens: await seen(async () => (await signed.send(new CountTokensCommand({ modelId: 'm', input: { invokeModel: { body: JSON.stringify({ anthropic_version: 'x', messages: [] }) } } }))).inputTokens),
  toolRound: await seen(async () => {
    const first = await converse(bearer, ask('call search', { toolConfig: { tools: [tool('search'), tool('delete_files')] } }));
    const second = await converse(signed, {
      modelId: 'm', toolConfig: { tools: [tool('search')] },
      messages: [user('call search'), { role: 'assistant', content: [first] },
        { role: 'user', content: [{ toolResult: { toolUseId: first.toolUse.toolUseId, content: [{ json: { hits: 3 } }] } }] }],
    });
    return { called: first.toolUse.name, input: first.toolUse.input, then: second.text };
  }),
  signedEdit: await seen(() => converse(signed, ask('x', { toolConfig: { tools: [tool('search'), tool('delete_files')] } }))),
  refusedBefore: await seen(() => converse(bearer, ask('x', { toolConfig: { tools: [tool('delete_files')], toolChoice: { tool: { name: 'delete_files' } } } }))),
  refusedModel: await seen(() => converse(signed, { ...ask('plain'), modelId: 'evil.model' })),
  refusedAnswer: await seen(() => converse(signed, ask('call delete_files'))),
  refusedStream: await seen(async () => read(await signed.send(new ConverseStreamCommand(ask('stream delete_files'))))),
  invoked: await seen(async () => JSON.parse(new TextDecoder().decode((await signed.send(new InvokeModelCommand(claude('plain')))).body)).content[0].text),
  chunks: await seen(async () => readChunks(await signed.send(new InvokeModelWithResponseStreamCommand(claude('stream'))))),
  maskedChunks: await seen(async () => readChunks(await signed.send(new InvokeModelWithResponseStreamCommand(invoke({ inputText: 'stream secret' }))))),
  refusedChunks: await seen(async () => readChunks(await signed.send(new InvokeModelWithResponseStreamCommand(claude('stream delete_files'))))),
  refusedOwn: await seen(async () => readChunks(await signed.send(new InvokeModelWithResponseStreamCommand(invoke({ inputText: 'stream delete_files' }))))),
};
console.log(JSON.stringify(results));
process.exit(0);
