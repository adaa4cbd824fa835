import {
  channelFault,
  isReserved,
  isWellFormed,
  type Limits,
  type PutCost,
  quote,
  utf8Bytes,
  ZerospanError,
} from '@zerospan/shared';
import type { PutOptions } from '../types.ts';
import { checkValue } from './json-value.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const [OPEN_ARRAY, CLOSE_ARRAY] = [0x5b, 0x5d];
const [OPEN_OBJECT, CLOSE_OBJECT] = [0x7b, 0x7d];

/** The channels of a put, each once; throws what the server would refuse. */
export function goodChannels(channels: string | readonly string[], limits: Limits): readonly string[] {
  const names = [...new Set<unknown>(Array.isArray(channels) ? channels : [channels])] as readonly string[];
  if (names.length === 0) throw new ZerospanError('no-channels');
  if (names.length > limits.putChannels) {
    throw new ZerospanError('too-many-channels', `${names.length} channels, more than ${limits.putChannels}`);
  }
  for (const name of names) {
    const fault = channelFault(name);
    if (fault !== undefined) throw new ZerospanError('bad-channel', fault);
    if (isReserved(name)) throw new ZerospanError('reserved-channel', `${quote(name)} is the server's own`);
  }
  return names;
}

/** Throws unless a put takes no more of the log than one put may. */
export function checkCost({ bytes }: PutCost, { putBytes }: Limits): void {
  if (bytes <= putBytes) return;
  const reason = `with its payload on each of its channels, the put takes ${bytes} bytes, more than ${putBytes}`;
  throw new ZerospanError('too-many-channels', reason);
}

/** The JSON text of a message; throws when it has none, or one that says something else. */
export function textOf(message: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(message);
  } catch (cause) {
    throw new ZerospanError('not-json', `the message has no JSON form: ${String(cause)}`, { cause });
  }
  if (text === undefined) throw new ZerospanError('not-json', `a ${typeof message} has no JSON form`);
  checkValue(message);
  return text;
}

/** Throws unless a text is JSON that survives UTF-8 unchanged. */
export function checkText(text: string): void {
  if (typeof text !== 'string')
    throw new ZerospanError('bad-payload', `JSON text is a string, not ${typeof text}`);
  if (text === '') throw new ZerospanError('no-payload');
  if (!isWellFormed(text)) throw new ZerospanError('bad-payload', 'the payload has a lone surrogate');
  try {
    JSON.parse(text);
  } catch (cause) {
    throw new ZerospanError('bad-payload', `the payload is not JSON text: ${String(cause)}`, { cause });
  }
}

/** Throws unless a put may be asked for who got it within that time. */
export function checkConfirm(confirm: PutOptions['confirm'], { confirmMs }: Limits): void {
  if (confirm === undefined) return;
  const { timeoutMs } = confirm;
  if (timeoutMs >= 1 && timeoutMs <= confirmMs) return;
  throw new ZerospanError('bad-confirm', `confirm.timeoutMs is from 1 to ${confirmMs}, not ${timeoutMs}`);
}

/** Throws unless a payload is within its limits. Answers its size, in bytes. */
export function payloadBytes(text: string, limits: Limits): number {
  const bytes = utf8Bytes(text);
  if (bytes > limits.payloadBytes) {
    throw new ZerospanError('too-large', `the payload has ${bytes} bytes, more than ${limits.payloadBytes}`);
  }
  if (isDeeper(text, limits.depth))
    throw new ZerospanError('too-deep', `the payload is more than ${limits.depth} deep`);
  return bytes;
}

/**
 * Whether JSON text has more arrays and objects nested than that. What has is longer than their brackets: most texts
 * are not read for it.
 */
function isDeeper(text: string, deepest: number): boolean {
  if (text.length <= 2 * deepest) return false;
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === QUOTE) inString = !inString;
    else if (inString) i += unit === BACKSLASH ? 1 : 0;
    else if (unit === OPEN_ARRAY || unit === OPEN_OBJECT) {
      if (++depth > deepest) return true;
    } else if (unit === CLOSE_ARRAY || unit === CLOSE_OBJECT) depth--;
  }
  return false;
}
