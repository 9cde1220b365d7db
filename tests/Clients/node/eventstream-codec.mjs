// AWS' own codec of event streams, both ways. Usage: node eventstream-codec.mjs HEX...; prints what it reads of each message, and messages of its own.
import { EventStreamCodec, Int64 } from '@smithy/eventstream-codec';

const utf8 = (bytes) => new TextDecoder().decode(bytes);
const codec = new EventStreamCodec(utf8, (text) => new TextEncoder().encode(text));
const hex = (bytes) => Buffer.from(bytes).toString('hex');
const body = new TextEncoder().encode("{'foo':'bar'}");
const text = (value) => ({ type: 'string', value });
const event = { ':message-type': text('event'), ':event-type': text('chunk'), ':content-type': text('application/json') };
const all = {
  'event-type': { type: 'integer', value: 40972 }, 'content-type': text('application/json'), 'bool false': { type: 'boolean', value: false },
  'bool true': { type: 'boolean', value: true }, byte: { type: 'byte', value: -49 }, 'byte buf': { type: 'binary', value: new TextEncoder().encode("I'm a little teapot!") },
  timestamp: { type: 'timestamp', value: new Date(8675309) }, int16: { type: 'short', value: 42 }, int64: { type: 'long', value: Int64.fromNumber(42424242) },
  uuid: { type: 'uuid', value: '01020304-0506-0708-090a-0b0c0d0e0f10' },
};

console.log(JSON.stringify({
  read: process.argv.slice(2).map((message) => {
    const { headers, body: payload } = codec.decode(Buffer.from(message, 'hex'));
    return { headers: Object.fromEntries(Object.entries(headers).map(([name, { value }]) => [name, value])), payload: utf8(payload) };
  }),
  written: {
    empty_message: hex(codec.encode({ headers: {}, body: new Uint8Array(0) })),
    payload_no_headers: hex(codec.encode({ headers: {}, body })),
    payload_one_str_header: hex(codec.encode({ headers: { 'content-type': text('application/json') }, body })),
    int32_header: hex(codec.encode({ headers: { 'event-type': all['event-type'] }, body })),
    all_headers: hex(codec.encode({ headers: all, body })),
    event: hex(codec.encode({ headers: { ...event, ...all }, body })),
  },
}));
