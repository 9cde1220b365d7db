// Compares our messages with Envoy's own definitions, and passes samples through them.
// stdin: {messages: [{name, fields: [{name, number, type}]}], enums: [{name, values}], samples: [{type, bytes}]}
// stdout: {differences, newer, samples}: what contradicts Envoy, what Envoy's copy here does not have yet, and the samples
// decoded and encoded anew, in base64.
import { createRequire } from 'node:module';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import protobuf from 'protobufjs';

const require = createRequire(import.meta.url);
const deps = path.join(path.dirname(require.resolve('@grpc/grpc-js-xds/package.json')), 'deps');
const folders = ['envoy-api', 'googleapis', 'xds', 'protoc-gen-validate'].map(folder => path.join(deps, folder));
const descriptor = require('protobufjs/google/protobuf/descriptor.json');
protobuf.common('descriptor', descriptor.nested.google.nested.protobuf.nested);

const root = new protobuf.Root();
root.resolvePath = (_, target) =>
  target in protobuf.common ? target : folders.map(folder => path.join(folder, target)).find(existsSync) ?? target;
root.loadSync([
  'envoy/service/ext_proc/v3/external_processor.proto',
  'envoy/service/auth/v3/external_auth.proto',
  'envoy/config/core/v3/address.proto',
], { keepCase: true });
root.resolveAll();

const nameOf = (field, type) => field.resolvedType ? field.resolvedType.fullName.slice(1) : type;

function typeOf(field) {
  field.resolve();
  if (field.map)
    return `map<${field.keyType}, ${nameOf(field, field.type)}>`;
  return (field.repeated ? 'repeated ' : '') + nameOf(field, field.type);
}

const find = (name, kind) => { const found = root.lookup(name); return found instanceof kind ? found : null; };
const input = JSON.parse(readFileSync(0, 'utf8'));
const differences = [];
const newer = [];

for (const message of input.messages) {
  const theirs = find(message.name, protobuf.Type);
  if (!theirs) {
    newer.push(message.name);
    continue;
  }
  for (const field of message.fields) {
    const full = `${message.name}.${field.name}`;
    const same = theirs.fieldsById[field.number];
    if (!same && theirs.fields[field.name])
      differences.push(`${full}: number ${field.number}, Envoy's is ${theirs.fields[field.name].id}`);
    else if (!same)
      newer.push(full);
    else if (same.name !== field.name)
      differences.push(`${full}: Envoy's ${field.number} is ${same.name}`);
    else if (typeOf(same) !== field.type)
      differences.push(`${full}: ${field.type}, Envoy's is ${typeOf(same)}`);
    else if ((same.partOf?.name ?? '') !== field.oneof)
      differences.push(`${full}: in oneof '${field.oneof}', Envoy's is in '${same.partOf?.name ?? ''}'`);
  }
}
for (const ours of input.enums) {
  const theirs = find(ours.name, protobuf.Enum);
  for (const [name, number] of Object.entries(ours.values)) {
    if (!theirs || theirs.values[name] === undefined)
      newer.push(`${ours.name}.${name}`);
    else if (theirs.values[name] !== number)
      differences.push(`${ours.name}.${name}: ${number}, Envoy's is ${theirs.values[name]}`);
  }
}
const samples = input.samples.map(({ type, bytes }) => {
  const theirs = root.lookupType(type);
  return Buffer.from(theirs.encode(theirs.decode(Buffer.from(bytes, 'base64'))).finish()).toString('base64');
});
process.stdout.write(JSON.stringify({ differences, newer, samples }));
