import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { cli } from './terminal.ts';

/** A folder for the files of one test, after which it is deleted. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'zerospan-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A file with this mode, whatever the process would take away from it. */
export function fileWith(folder: string, name: string, text: string, mode = 0o600): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

export interface MadeKey {
  readonly file: string;
  readonly publicKey: string;
}

/** A key pair as `zerospan curve` makes it. */
export async function makeKey(folder: string, name: string): Promise<MadeKey> {
  const file = join(folder, name);
  const { code, out, talk } = await cli(['curve', file]);
  if (code !== 0) throw new Error(talk);
  return { file, publicKey: out.trim() };
}
