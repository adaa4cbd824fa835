import { createHash } from 'node:crypto';

/** What every message of a run carries. */
export interface Message {
  /** Producer. */
  readonly p: string;
  /** Counter, from 1. */
  readonly n: number;
  readonly pad: string;
  /** Hash of the rest. */
  readonly h: string;
}

export function hashOf(text: string | Uint8Array): string {
  return createHash('sha1').update(text).digest('base64').slice(0, 12);
}

export function messageOf(p: string, n: number, pad: string): Message {
  return { p, n, pad, h: hashOf(`${p} ${n} ${pad}`) };
}

/** A message as its producer made it; undefined when it is not one, or not whole. */
export function soundMessage(text: string): Message | undefined {
  try {
    const { p, n, pad, h } = JSON.parse(text) as Message;
    return h === hashOf(`${p} ${n} ${pad}`) ? { p, n, pad, h } : undefined;
  } catch {
    return undefined;
  }
}
