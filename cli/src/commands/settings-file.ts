import { readFile } from 'node:fs/promises';
import { parseSettings } from '@zerospan/server/settings';
import { EXIT, Failure } from '../terminal/failure.ts';

/** What the settings file of `--config` says. */
export async function settingsFile(name: string): Promise<{ name: string; content: unknown }> {
  let text: string;
  try {
    text = await readFile(name, 'utf8');
  } catch (cause) {
    throw new Failure(EXIT.usage, `--config ${name} cannot be read: ${(cause as Error).message}`);
  }
  return { name, content: await parseSettings(name, text) };
}
