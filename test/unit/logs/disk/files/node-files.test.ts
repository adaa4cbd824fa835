import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { NodeFiles } from '../../../../../server/src/logs/disk/files/node-files.ts';
import { endsWithUs, OWN_GROUP } from '../../../../support/children.ts';
import { testFolder } from '../../../../support/keys.ts';

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

it('creates directories and files for this user alone', async () => {
  const path = join(testFolder(), 'a', 'b');
  const files = await NodeFiles.create(path);
  await (await files.open('f', 'create')).close();
  expect([path, join(path, '..'), join(path, 'f')].map(modeOf)).toEqual(['700', '700', '600']);
  await NodeFiles.create(path);
});

it('lists files alone', async () => {
  const files = await NodeFiles.create(testFolder());
  mkdirSync(join(files.path, 'lock'));
  expect(await files.list()).toEqual([]);
});

it('cannot be where a file is', async () => {
  const files = await NodeFiles.create(testFolder());
  await (await files.open('f', 'create')).close();
  await expect(NodeFiles.create(join(files.path, 'f'))).rejects.toMatchObject({ code: 'EEXIST' });
  await expect(NodeFiles.create(join(files.path, 'f', 'g'))).rejects.toMatchObject({ code: 'ENOTDIR' });
});

// The system writes what fits below a limit and answers how much that was; the error comes with the rest.
it('goes on with a write of which the system wrote a part, and rejects with why it cannot', async () => {
  const path = testFolder();
  const program = fileURLToPath(new URL('../../../../support/disk/limited-process.ts', import.meta.url));
  const node = [process.execPath, '--import', 'tsx', '--conditions=zerospan-source', program, path];
  const child = endsWithUs(
    spawn('sh', ['-c', 'ulimit -f 2048; exec "$@"', 'sh', ...node], {
      ...OWN_GROUP,
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  );
  let said = '';
  child.stdout.on('data', (piece) => {
    said += piece;
  });
  await once(child, 'close');
  expect(said).toBe('EFBIG\n');
  expect([512 * 2_048, 1_024 * 2_048]).toContain(statSync(join(path, 'f')).size);
});
