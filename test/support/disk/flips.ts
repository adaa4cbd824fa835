import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { verifyLog } from '../../../server/src/logs/disk/offline/verify.ts';
import type { Random } from '../random.ts';

/** Files that the log is read from. */
const READ = /^(?:meta|lasts|segment-.*|dropped-.*)$/;

/**
 * Flips one bit at a time, anywhere in what a log is read from.
 * @returns the flips that `verify` does not find in their file, as `name at place`
 */
export async function unnoticedFlips(folder: string, random: Random, flips: number): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => READ.test(name));
  const unnoticed: string[] = [];
  for (let i = 0; i < flips; i++) {
    const name = names[i % names.length] as string;
    const bytes = await readFile(join(folder, name));
    const at = Math.floor(random.next() * bytes.length);
    const flipped = Buffer.from(bytes);
    flipped[at] = (bytes[at] as number) ^ (1 << Math.floor(random.next() * 8));
    await writeFile(join(folder, name), flipped);
    const faulty = new Set<string>();
    await verifyLog(folder, { onFault: ({ file }) => faulty.add(file) });
    if (!faulty.has(name)) unnoticed.push(`${name} at ${at}`);
    await writeFile(join(folder, name), bytes);
  }
  return unnoticed;
}
