import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** It is what `endsWithUs` is tested with, and starts one that must not. */
const EXCEPT = ['test/integration/children.test.ts', 'test/support/children.ts'];

// An interrupted benchmark left a server of a gigabyte behind: see `test/support/children.ts`.
it('every process that tests and benchmarks start ends with them', () => {
  const files = ['test', 'bench'].flatMap((folder) =>
    readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => `${folder}/${file}`),
  );
  let starts = 0;
  const loose = files.flatMap((file) => {
    const text = readFileSync(`${root}${file}`, 'utf8');
    if (EXCEPT.includes(file) || !text.includes("from 'node:child_process'")) return [];
    const calls = text.match(/(?<![\w.])(?:spawn|fork|execFile|exec)\(/g)?.length ?? 0;
    const owned = text.match(/endsWithUs\(/g)?.length ?? 0;
    starts += calls;
    return owned < calls ? [file] : [];
  });
  expect(loose, 'pass what it starts to endsWithUs of test/support/children.ts').toEqual([]);
  expect(starts).toBeGreaterThan(10);
});
