import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readKeyFile, readSigningKey } from '../../../server/src/auth/keys/key-file.ts';
import { readRevocationFile } from '../../../server/src/auth/revocations/revocation-file.ts';
import { type FileFault, readChecked, UnfitFile } from '../../../server/src/settings/files/checked-file.ts';
import { readPublicFile, readSecretFile } from '../../../server/src/settings/files/secret-file.ts';
import { SettingsError } from '../../../server/src/settings/read.ts';
import { readKeyFile as readCurveKey, readKeyList } from '../../../server/src/zeromq/curve/key-file.ts';
import { StartError } from '../../../server/src/zeromq/sockets/start-error.ts';
import { fileWith, testFolder } from '../../support/keys.ts';

/** What is no file, as an operator may name it by mistake: two of them have no end, and one waits for ever. */
const NO_FILES: Readonly<Record<string, (folder: string) => string>> = {
  'a folder': (folder) => folder,
  'a pipe that nobody writes to': (folder) => {
    execFileSync('mkfifo', ['-m', '600', join(folder, 'pipe')]);
    return join(folder, 'pipe');
  },
  'a device': () => '/dev/zero',
  'a link to a device': (folder) => {
    symlinkSync('/dev/zero', join(folder, 'link'));
    return join(folder, 'link');
  },
};

const READERS: Readonly<
  Record<string, [read: (name: string) => unknown, error: new (...args: never[]) => Error]>
> = {
  'a key of TLS': [(name) => readSecretFile('tls.key', name), SettingsError],
  'a certificate': [(name) => readPublicFile('tls.cert', name), SettingsError],
  'a key for tokens': [(name) => readKeyFile('auth.keys', name), SettingsError],
  'a key to sign with': [(name) => readSigningKey('--key', name), SettingsError],
  revocations: [(name) => readRevocationFile(name), SettingsError],
  'a key of CURVE': [readCurveKey, StartError],
  'a list of keys': [readKeyList, StartError],
};

function faultOf(read: () => unknown): [FileFault, string] {
  try {
    read();
  } catch (error) {
    if (error instanceof UnfitFile) return [error.fault, error.detail];
    throw error;
  }
  throw new Error('it was read');
}

describe('a file that is checked', () => {
  it('is read to its last byte', () => {
    const text = 'x'.repeat(200_000);
    const file = fileWith(testFolder(), 'file', text, 0o640);
    const { bytes, mode } = readChecked(file, { mostBytes: 200_000 });
    expect(bytes.toString() === text).toBe(true);
    expect(mode & 0o777).toBe(0o640);
    // A file of the system, whose size is said to be 0.
    expect(readChecked('/proc/self/status', { mostBytes: 65_536 }).bytes.length).toBeGreaterThan(100);
  });

  it('is refused with one byte more, a right that others must not have, or when it is not there', () => {
    const folder = testFolder();
    const file = fileWith(folder, 'file', 'x'.repeat(101), 0o640);
    expect(faultOf(() => readChecked(file, { mostBytes: 100 }))).toEqual(['too-large', '100']);
    const bounds = { mostBytes: 101, forbiddenMode: 0o040 };
    expect(faultOf(() => readChecked(file, bounds))).toEqual(['open-to-others', '640']);
    expect(readChecked(file, { ...bounds, forbiddenMode: 0o027 }).bytes).toHaveLength(101);
    expect(faultOf(() => readChecked(`${file}.none`, bounds))).toEqual(['unreadable', 'ENOENT']);
  });

  it('has the mode of what a link leads to', () => {
    const folder = testFolder();
    symlinkSync(fileWith(folder, 'file', 'x', 0o604), join(folder, 'link'));
    const bounds = { mostBytes: 1, forbiddenMode: 0o077 };
    expect(faultOf(() => readChecked(join(folder, 'link'), bounds))).toEqual(['open-to-others', '604']);
  });
});

describe.each(Object.entries(READERS))('%s', (_, [read, error]) => {
  it.each(Object.entries(NO_FILES))('is refused at once that is %s', async (_, make) => {
    const name = make(testFolder());
    const refused = await Promise.resolve(name)
      .then(read)
      .then(
        () => 'taken',
        (fault: unknown) => fault,
      );
    expect(refused).toBeInstanceOf(error);
    expect((refused as Error).message).toContain(`${name}: it is not a file`);
  });
});
