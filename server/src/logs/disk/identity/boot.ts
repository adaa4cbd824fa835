import { readFile } from 'node:fs/promises';
import { uptime } from 'node:os';

/** How far two readings of one start may lie apart: the clock is set meanwhile. A machine takes longer to start. */
const APART_MS = 5_000;

const SINCE = /^since ([0-9]+)$/;

export interface BootSources {
  /** The name that the system gives to each of its starts. Rejects where it gives none. */
  readonly named: () => Promise<string>;
  /** In ms since 1970. */
  readonly now: () => number;
  /** In ms. */
  readonly uptime: () => number;
}

const SYSTEM: BootSources = {
  named: () => readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
  now: Date.now,
  uptime: () => uptime() * 1000,
};

/**
 * Which start of the machine this is. What was written and not synced is still there in the same one, and may be lost
 * in another. Up to 63 characters of ASCII.
 */
export async function bootIdOf(sources: BootSources = SYSTEM): Promise<string> {
  const named = await sources.named().catch(() => '');
  return /^[\x21-\x7e]{1,63}$/.test(named.trim())
    ? named.trim()
    : `since ${Math.round(sources.now() - sources.uptime())}`;
}

/** Where in doubt it is another one: offsets are left out then, instead of being given twice. */
export function isSameBoot(a: string, b: string): boolean {
  const [sinceA, sinceB] = [SINCE.exec(a)?.[1], SINCE.exec(b)?.[1]];
  if (sinceA === undefined || sinceB === undefined) return a === b;
  return Math.abs(Number(sinceA) - Number(sinceB)) < APART_MS;
}
