import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { bundle } from './bundle.ts';

it('the client takes 27 KiB of a page at most, minified and with gzip', async () => {
  const script = await bundle('../../client/src/index.ts', 'zerospan', { minify: true });
  expect(gzipSync(script, { level: 9 }).length).toBeLessThanOrEqual(27 * 1024);
  // What is Node's own stays out of it.
  expect(script).not.toMatch(/ECONNREFUSED|perMessageDeflate/);
});
