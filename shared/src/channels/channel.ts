import { isWellFormed, utf8Bytes } from '../utf8.ts';

/** Longest channel name, in bytes of UTF-8. */
export const CHANNEL_MAX_BYTES = 255;

/** Stands for every channel in a gap that says so: no channel has this name. */
export const EVERY_CHANNEL = '';

/** Names that begin with this are the server's own: nobody else puts there, and no wider filter reaches them. */
export const RESERVED_PREFIX = '$';

/** What white space and control characters are here: Unicode's White_Space, category Cc, and U+FEFF. */
const FORBIDDEN = /[\s\p{Cc}\uFEFF]/u;

/** The common case, decided without the slow path: printable ASCII of at most the allowed length. */
const PLAIN = /^[\x21-\x7e]{1,255}$/;

/**
 * Says what is wrong with a channel name, in words for its author; undefined when it is good.
 * Good is 1 to 255 bytes of well-formed UTF-8 without white space, control characters or U+FEFF. Everything else is
 * literal. A lone surrogate is refused because UTF-8 turns it into U+FFFD, so that two different names could meet.
 */
export function channelFault(name: unknown): string | undefined {
  if (typeof name !== 'string') return `a channel name is a string, not ${kindOf(name)}`;
  if (PLAIN.test(name)) return undefined;
  if (name === '') return 'a channel name is not empty';
  return nameFault(name, 'channel name');
}

/** The same for a prefix, which may be empty (every channel but the server's own). */
export function prefixFault(prefix: unknown): string | undefined {
  if (typeof prefix !== 'string') return `a prefix is a string, not ${kindOf(prefix)}`;
  if (prefix === '' || PLAIN.test(prefix)) return undefined;
  return nameFault(prefix, 'prefix');
}

/** Whether a name belongs to the server. */
export function isReserved(name: string): boolean {
  return name.startsWith(RESERVED_PREFIX);
}

function nameFault(name: string, what: string): string | undefined {
  if (!isWellFormed(name)) return `the ${what} ${quote(name)} has a lone surrogate`;
  if (FORBIDDEN.test(name)) return `the ${what} ${quote(name)} has white space or a control character`;
  const bytes = utf8Bytes(name);
  if (bytes > CHANNEL_MAX_BYTES)
    return `the ${what} ${quote(name)} has ${bytes} bytes, more than ${CHANNEL_MAX_BYTES}`;
  return undefined;
}

/** A name as it may stand in a sentence: escaped, and short however long it was. */
export function quote(name: string): string {
  const short = JSON.stringify(name.length > 80 ? `${name.slice(0, 77)}…` : name);
  // JSON leaves some control characters as they are, which a terminal or a log would obey.
  return short.replace(/\p{Cc}/gu, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
}
