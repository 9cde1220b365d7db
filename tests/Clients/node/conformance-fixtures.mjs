// What the conformance suite asks servers for, in both eras: plain data, and how to serve it on localhost only.
export const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg==';
export const silence = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=';
export const text = (value) => ({ type: 'text', text: value });
export const answer = (...content) => ({ content });
export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Tools that always say the same. */
export const fixedTools = {
  test_simple_text: answer(text('This is a simple text response for testing.')),
  test_image_content: answer({ type: 'image', data: pixel, mimeType: 'image/png' }),
  test_audio_content: answer({ type: 'audio', data: silence, mimeType: 'audio/wav' }),
  test_embedded_resource: answer({ type: 'resource', resource: { uri: 'test://embedded-resource', mimeType: 'text/plain', text: 'This is an embedded resource content.' } }),
  test_multiple_content_types: answer(
    text('Multiple content types test:'),
    { type: 'image', data: pixel, mimeType: 'image/png' },
    { type: 'resource', resource: { uri: 'test://mixed-content-resource', mimeType: 'application/json', text: '{"test":"data","value":123}' } },
  ),
};

/** Prompts: names of their arguments, and what they make of them. */
export const prompts = {
  test_simple_prompt: [[], () => [text('This is a simple prompt for testing.')]],
  test_prompt_with_arguments: [['arg1', 'arg2'], ({ arg1, arg2 }) => [text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)]],
  test_prompt_with_embedded_resource: [['resourceUri'], ({ resourceUri }) => [
    { type: 'resource', resource: { uri: resourceUri, mimeType: 'text/plain', text: 'Embedded resource content for testing.' } },
    text('Please process the embedded resource above.'),
  ]],
  test_prompt_with_image: [[], () => [{ type: 'image', data: pixel, mimeType: 'image/png' }, text('Please analyze the image above.')]],
};
export const turns = (blocks) => ({ messages: blocks.map((content) => ({ role: 'user', content })) });

export const resources = {
  'test://static-text': { mimeType: 'text/plain', text: 'This is the content of the static text resource.' },
  'test://static-binary': { mimeType: 'image/png', blob: pixel },
  'test://watched-resource': { mimeType: 'text/plain', text: 'Watched resource content' },
};
export const templateData = (id) => ({ mimeType: 'application/json', text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }) });

export const richSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  $defs: { address: { $anchor: 'addressDef', type: 'object', properties: { street: { type: 'string' }, city: { type: 'string' } } } },
  properties: { name: { type: 'string' }, address: { $ref: '#/$defs/address' }, contactMethod: { type: 'string', enum: ['phone', 'email'] }, phone: { type: 'string' }, email: { type: 'string' } },
  allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
  if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
  then: { required: ['phone'] },
  else: { required: ['email'] },
  additionalProperties: false,
};

export const defaultsForm = {
  type: 'object',
  properties: {
    name: { type: 'string', description: 'User name', default: 'John Doe' },
    age: { type: 'integer', description: 'User age', default: 30 },
    score: { type: 'number', description: 'User score', default: 95.5 },
    status: { type: 'string', description: 'User status', enum: ['active', 'inactive', 'pending'], default: 'active' },
    verified: { type: 'boolean', description: 'Verification status', default: true },
  },
  required: [],
};

const options = ['option1', 'option2', 'option3'];
const titled = (names) => names.map((title, i) => ({ const: `value${i + 1}`, title }));
export const enumsForm = {
  type: 'object',
  properties: {
    untitledSingle: { type: 'string', enum: options },
    titledSingle: { type: 'string', oneOf: titled(['First Option', 'Second Option', 'Third Option']) },
    legacyEnum: { type: 'string', enum: ['opt1', 'opt2', 'opt3'], enumNames: ['Option One', 'Option Two', 'Option Three'] },
    untitledMulti: { type: 'array', items: { type: 'string', enum: options } },
    titledMulti: { type: 'array', items: { anyOf: titled(['First Choice', 'Second Choice', 'Third Choice']) } },
  },
  required: [],
};

export const contactForm = {
  type: 'object',
  properties: { username: { type: 'string', description: "User's response" }, email: { type: 'string', description: "User's email address" } },
  required: ['username', 'email'],
};

const local = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

/** Answers what a page of another name asks with 403. */
export function isForeign(request, response) {
  const origin = request.headers.origin;
  if (local.test(request.headers.host ?? '') && (origin === undefined || local.test(origin.replace(/^https?:\/\//, ''))))
    return false;
  response.writeHead(403, { 'content-type': 'application/json' });
  response.end('{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"Host is not served here"}}');
  return true;
}
