import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { takeDirectory } from '../../../../../server/src/logs/disk/identity/directory.ts';
import { testFolder } from '../../../../support/keys.ts';

it('creates a directory for this user alone, which no repository takes in', async () => {
  const path = join(testFolder(), 'a', 'log');
  const { files, release } = await takeDirectory(path);
  expect([files.path, (statSync(path).mode & 0o777).toString(8)]).toEqual([path, '700']);
  expect(readFileSync(join(path, '.gitignore'), 'utf8')).toBe('*\n');
  await expect(takeDirectory(path)).rejects.toMatchObject({ fault: 'in-use', detail: `${process.pid}` });
  await release();
  await (await takeDirectory(path)).release();
});

it('takes one that a log was in, whatever else is there, and one that a file system has just made', async () => {
  const path = testFolder();
  mkdirSync(join(path, 'lost+found'));
  await (await takeDirectory(path)).release();
  writeFileSync(join(path, 'meta'), '');
  writeFileSync(join(path, 'notes'), '');
  await (await takeDirectory(path)).release();
});

it('leaves a folder of something else as it is', async () => {
  const path = testFolder();
  writeFileSync(join(path, 'package.json'), '{}');
  await expect(takeDirectory(path)).rejects.toMatchObject({ fault: 'foreign', detail: 'package.json' });
  expect(readdirSync(path)).toEqual(['package.json']);
});

it('says what the system said where it cannot be used', async () => {
  const file = join(testFolder(), 'file');
  writeFileSync(file, '');
  const unusable = { fault: 'unusable', detail: expect.stringMatching(/^E[A-Z]+: /) };
  await expect(takeDirectory(file)).rejects.toMatchObject(unusable);
  await expect(takeDirectory(join(file, 'log'))).rejects.toMatchObject(unusable);
});
