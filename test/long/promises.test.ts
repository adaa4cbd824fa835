import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../bench/promises/index.ts', import.meta.url));
const tsx = createRequire(import.meta.url).resolve('tsx/cli');

/** Long enough on a machine that does much else: each measurement has a limit of its own. */
const LIMIT_MS = 1_200_000;

// What it measures in time is judged by `npm run promises` alone.
it('the measurements of the promises run to their ends, and all that they count is exact', async () => {
  // It ends with 1 where a time is over its bar.
  const { stdout } = await promisify(execFile)(process.execPath, [tsx, script, '--short'], {
    timeout: LIMIT_MS,
    maxBuffer: 16 * 1024 * 1024,
  }).catch((ended: { stdout: string }) => ended);
  const rows = stdout
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split('|').map((cell) => cell.trim()));
  expect(rows.filter(([, , what]) => what === 'it runs to its end')).toEqual([]);
  const counted = rows.filter(([, , , , bar]) => bar?.startsWith('exactly'));
  expect(counted.filter(([, , , , , verdict]) => verdict !== 'met')).toEqual([]);
  expect(new Set(counted.map(([, name]) => name))).toEqual(
    new Set(['stopped', 'restart', 'drain', 'cuts', 'storm', 'confirm']),
  );
});
