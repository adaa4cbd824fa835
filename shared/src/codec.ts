import type { ClientMessage, PutBody, ServerMessage } from './messages/index.ts';
import { SERVER_MESSAGES } from './messages/index.ts';

/**
 * A publication as it stands in its frame: `offset SP time SP channel SP payload`, the payload exactly as it was put.
 */
export interface PublicationFrame {
  readonly offset: number;
  /** ms since 1970, by the log's clock, which never runs backwards. */
  readonly time: number;
  readonly channel: string;
  readonly text: string;
}

/** Kind of a frame from the server. `foreign` is a message of a later protocol version: a client ignores it. */
export type ServerFrame =
  | { readonly kind: 'publication'; readonly publication: PublicationFrame }
  | { readonly kind: 'control'; readonly message: ServerMessage }
  | { readonly kind: 'foreign' };

const KNOWN: ReadonlySet<string> = new Set(SERVER_MESSAGES);

/**
 * Reads a frame from the server. The server is trusted to keep its own protocol, so the fields of a known message are
 * not checked again; a frame that cannot be read at all throws a SyntaxError.
 */
export function decodeServerFrame(frame: string): ServerFrame {
  if (frame.charCodeAt(0) !== 0x7b) return { kind: 'publication', publication: decodePublication(frame) };
  const message: unknown = JSON.parse(frame);
  const [key] = Object.keys(message as object);
  return key !== undefined && KNOWN.has(key)
    ? { kind: 'control', message: message as ServerMessage }
    : { kind: 'foreign' };
}

export function decodePublication(frame: string): PublicationFrame {
  const afterOffset = frame.indexOf(' ');
  const afterTime = frame.indexOf(' ', afterOffset + 1);
  const afterChannel = frame.indexOf(' ', afterTime + 1);
  const offset = Number(frame.slice(0, afterOffset));
  const time = Number(frame.slice(afterOffset + 1, afterTime));
  if (
    afterOffset < 1 ||
    afterTime < 0 ||
    afterChannel < 0 ||
    !Number.isSafeInteger(offset) ||
    !Number.isFinite(time)
  ) {
    throw new SyntaxError('a publication frame reads: offset, time, channel, payload, one space between');
  }
  return {
    offset,
    time,
    channel: frame.slice(afterTime + 1, afterChannel),
    text: frame.slice(afterChannel + 1),
  };
}

/** Writes a control message. JSON.stringify never writes a raw line feed, so it stays on one line. */
export function encodeControl(message: ClientMessage | ServerMessage): string {
  return JSON.stringify(message);
}

/** Writes a put: its envelope, one line feed, the payload's JSON text untouched. */
export function encodePut(put: PutBody, payload: string): string {
  return `${JSON.stringify({ put })}\n${payload}`;
}
