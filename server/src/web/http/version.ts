import { readFileSync } from 'node:fs';

/** Of this package. An application that is bundled into one file has no such file there, or that of another package. */
export function versionOf(): string {
  try {
    const file = new URL('../../../package.json', import.meta.url);
    const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as { name?: string; version?: string };
    if (name === '@zerospan/server' && version) return version;
  } catch {
    // The server runs without it.
  }
  return 'unknown';
}
