// What a user of the official A2A SDK sees through the filter. Usage: node a2a-client.mjs JSONRPC|HTTP+JSON VERSION BASE_URL; prints one JSON object.
import { ClientFactory, DefaultAgentCardResolver, JsonRpcTransportFactory, RestTransportFactory } from '@a2a-js/sdk/client';
import { Role, TaskState } from '@a2a-js/sdk';

const [, , binding, version, base] = process.argv;

async function seen(work) {
  try {
    return { value: await work() };
  } catch (error) {
    return { error: error.constructor.name, name: error.name, status: error.statusCode, message: String(error.message).slice(0, 400) };
  }
}

const text = (message) => (message?.parts ?? []).map((p) => p.content?.value ?? '').join('');
const ask = (words, more = {}) => ({
  tenant: '', metadata: undefined,
  message: { messageId: crypto.randomUUID(), role: Role.ROLE_USER, parts: [{ content: { $case: 'text', value: words }, metadata: undefined, filename: '', mediaType: '' }], contextId: '', taskId: '', extensions: [], referenceTaskIds: [], metadata: undefined },
  configuration: { acceptedOutputModes: [], taskPushNotificationConfig: undefined, returnImmediately: false, ...more },
});

async function read(stream, into) {
  for await (const event of stream) {
    const update = event.payload;
    into.kinds.push(update.$case);
    if (update.$case === 'artifactUpdate') into.artifacts[update.value.artifact.artifactId] = (into.artifacts[update.value.artifact.artifactId] ?? '') + text(update.value.artifact);
    if (update.$case === 'statusUpdate') into.state = TaskState[update.value.status.state];
    if (update.$case === 'task') into.task = update.value.id;
  }
  return into;
}

async function streamed(words) {
  const into = { kinds: [], artifacts: {} };
  const outcome = await seen(async () => read(client.sendMessageStream(ask(words)), into));
  return { ...outcome, value: into };
}

const resolver = new DefaultAgentCardResolver();
const card = await resolver.resolve(base);
card.supportedInterfaces = [{ url: binding === 'JSONRPC' ? `${base}/rpc` : base, protocolBinding: binding, tenant: '', protocolVersion: version }];
const legacyCompat = { enabled: true };
const factory = new ClientFactory({ transports: [new JsonRpcTransportFactory({ legacyCompat }), new RestTransportFactory({ legacyCompat })] });
const client = await factory.createFromAgentCard(card);

const results = { skill: { value: card.skills[0].description } };
results.plain = await seen(async () => text(await client.sendMessage(ask('plain'))));
results.redacted = await seen(async () => text(await client.sendMessage(ask('leak'))));
results.stream = await streamed('stream');
results.refusedStream = await streamed('stream secret');
results.task = await seen(async () => (await client.sendMessage(ask('task'))).id);
results.getTask = await seen(async () => {
  const task = await client.getTask({ tenant: '', id: results.task.value });
  return { state: TaskState[task.status.state], artifact: text(task.artifacts[0]) };
});
results.configs = await seen(async () => (await client.listTaskPushNotificationConfig({ tenant: '', taskId: results.task.value, pageSize: 0, pageToken: '' })).configs.length);
results.refusedCancel = await seen(() => client.cancelTask({ tenant: '', id: results.task.value, metadata: undefined }));
results.refusedPush = await seen(async () => text(await client.sendMessage(ask('push', { taskPushNotificationConfig: { tenant: '', id: 'p', taskId: '', url: 'http://evil.example/hook', token: '', authentication: undefined } }))));
results.refusedSecret = await seen(async () => text(await client.sendMessage(ask('my key is ghp_16C7e42F292c6912E7710c838347Ae178B4a'))));
if (version === '1.0') results.tasks = await seen(async () => (await client.listTasks({ tenant: '', contextId: '', status: 0, pageToken: '' })).tasks.length > 0);
console.log(JSON.stringify(results));
process.exit(0);
