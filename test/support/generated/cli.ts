import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fresh, GENERATED, read } from './documents.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

// The help is as wide as the terminal, and 80 columns where there is none.
process.stdout.isTTY = false;

/** `npm run docs`: writes the regions of the documents that are generated from the code. */
for (const path of GENERATED) {
  const text = await fresh(path);
  const isStale = text !== read(path);
  if (isStale) writeFileSync(`${root}${path}`, text);
  console.log(`${isStale ? 'written  ' : 'unchanged'}  ${path}`);
}
