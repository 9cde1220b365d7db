// The conformance suite imports fs.globSync, which node has only since 22. It is used by none of the scenarios run here.
// Usage: node --import ./conformance-node20.mjs node_modules/@modelcontextprotocol/conformance/dist/index.js ...
import { register } from 'node:module';

const shim = `export * from 'node:fs';
import * as fs from 'node:fs';
export const globSync = fs.globSync ?? (() => { throw new Error('needs node 22'); });`;
const hooks = `export async function resolve(specifier, context, next) {
  if (specifier === 'fs' && context.parentURL?.includes('/conformance/dist/'))
    return { shortCircuit: true, url: 'data:text/javascript,${encodeURIComponent(shim).replaceAll("'", '%27')}' };
  return next(specifier, context);
}`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
