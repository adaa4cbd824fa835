import type { CodeEntry } from './code-entry.ts';
import { FAILURES } from './failures.ts';

const code = (said: CodeEntry['said'], retry: boolean, meaning: string, remedy: string): CodeEntry => ({
  said,
  retry,
  meaning,
  remedy,
});

/** Every stable code of the protocol. `PROTOCOL.md` lists them; a test compares. */
export const PROTOCOL_CODES = {
  'bad-message': code(
    'error',
    false,
    'The message is not one of this protocol.',
    'Send one text message with one JSON object that has a single known key; see PROTOCOL.md, section 3.',
  ),
  'bad-hello': code(
    'error',
    false,
    'The first message is not a valid hello.',
    'Send hello with protocol "zerospan.v1" and a client id first; see PROTOCOL.md, section 4.',
  ),
  'bad-subprotocol': code(
    'error',
    false,
    'The client does not offer the subprotocol zerospan.v1.',
    "Offer it in the handshake: new WebSocket(url, 'zerospan.v1').",
  ),
  'bad-ack': code(
    'error',
    false,
    'An ack counts more bytes than were sent; reported once for each connection.',
    'Count the bytes of the whole text of each entry, and of nothing else; see PROTOCOL.md, section 10.',
  ),
  'window-full': code(
    'error',
    true,
    'The window is full, and nothing was acknowledged since the last beat.',
    'Let the application read its messages; if it has, count bytes as in PROTOCOL.md, section 10.',
  ),
  'hello-timeout': code(
    'error',
    true,
    'No hello arrived in time.',
    'Send hello as soon as the socket is open.',
  ),
  unauthorized: code(
    'error',
    false,
    'The token is missing, or not valid for this server.',
    'Give the bus a token that was made for this server.',
  ),
  'token-expired': code(
    'error',
    true,
    'The token has expired.',
    'Reconnect with a new one; the client library gets it from token() by itself.',
  ),
  'key-not-known': code(
    'error',
    true,
    'The server does not know the key that signed the token, or not yet.',
    'Reconnect within a minute, when the server has fetched the keys again; the client library does so by itself.',
  ),
  revoked: code(
    'error',
    false,
    'The access was revoked.',
    'Ask the operator of the server; it will not accept the same token again.',
  ),
  'too-many-connections': code(
    'error',
    true,
    'The connection limit of the server or of this user is reached.',
    'Close some connections, or reconnect later; the client library does so by itself.',
  ),
  forbidden: code(
    'refused',
    false,
    'No grant of the token covers it.',
    'Request what the token grants, or use a token that grants it.',
  ),
  'bad-id': code(
    'refused',
    false,
    'An id is not a whole number from 1, or a subscription id is in use, or unknown.',
    'Number subscriptions and puts from 1 and use each number once per connection.',
  ),
  'bad-filter': code(
    'refused',
    false,
    'A subscription names no filter, or an invalid one.',
    'Name at least one channel, or a prefix; names are 1 to 255 bytes without white space or control characters.',
  ),
  'too-many-filters': code(
    'refused',
    false,
    'A subscription, a session, or all sessions of a user together have more filters than the limit.',
    'Use a prefix in place of many names.',
  ),
  'too-many-subscriptions': code(
    'refused',
    false,
    'The subscription limit of the session is reached.',
    'Put several filters into one subscription, or close those you no longer need.',
  ),
  'bad-replay': code(
    'refused',
    false,
    'A replay names none, or more than one, of since, last, sinceMs, or has an invalid value.',
    'Give one of { since: position }, { last: n } with n from 1, { sinceMs: n } with n from 0.',
  ),
  'no-channels': code('refused', false, 'A put names no channel.', 'Name at least one channel.'),
  'bad-channel': code(
    'refused',
    false,
    'A put names an invalid channel; nothing was appended.',
    'Names are 1 to 255 bytes of UTF-8 without white space or control characters.',
  ),
  'reserved-channel': code(
    'refused',
    false,
    "Channels that begin with $ are the server's own.",
    'Put on a channel whose name does not begin with $.',
  ),
  'too-many-channels': code(
    'refused',
    false,
    'A put names more channels than the limit, or than the limit for a payload of its size.',
    'Split the put; each part is all or none by itself.',
  ),
  'no-payload': code(
    'refused',
    false,
    'A put has no payload.',
    "Put the payload's JSON text after the first line feed; null is a payload.",
  ),
  'bad-payload': code(
    'refused',
    false,
    'The payload is not JSON text.',
    'Send one JSON value; NaN and Infinity are not JSON.',
  ),
  'too-large': code(
    'refused',
    false,
    'The payload or the envelope is larger than the limit.',
    'Put the large thing elsewhere and send its address.',
  ),
  'too-deep': code(
    'refused',
    false,
    'The payload or the message is nested more deeply than the limit.',
    'Make it flatter, or put the deep part as a string of JSON text.',
  ),
  draining: code(
    'refused',
    true,
    'The server is stopping and accepts no more puts.',
    'Put again on the next connection; the client library does so by itself.',
  ),
  'put-conflict': code(
    'refused',
    false,
    'This client has used the id for another put.',
    'Number puts from 1 and use each number once per client id, over all its connections.',
  ),
  'too-many-names': code(
    'refused',
    true,
    'The limit of distinct channels in the log is reached, in all or for this user; nothing was appended.',
    'Put on an existing channel, or retry later: channels of which the log holds nothing any more make room.',
  ),
  'log-failed': code(
    'refused',
    true,
    'The log could not append the put.',
    "Retry; the server's log says why it failed.",
  ),
  'outcome-unknown': code(
    'refused',
    false,
    'It is not known whether the put was appended: its answer was lost, and the server has restarted or forgotten it.',
    'Check the channel, or put again if a second copy does no harm.',
  ),
  closed: code('client', false, 'The bus or the subscriber is closed.', 'Create a new one.'),
  'queue-full': code(
    'client',
    true,
    'Too many puts wait for their answer or for a connection.',
    'Await earlier puts before making more.',
  ),
  'bad-confirm': code(
    'refused',
    false,
    'The time-out of the receipt, confirm.timeoutMs, is out of range.',
    'Give confirm.timeoutMs from 1 to the limit confirmMs.',
  ),
  'too-many-confirms': code(
    'refused',
    true,
    'Too many puts wait for their receipt; nothing was appended.',
    'Wait for earlier ones, reduce their confirm.timeoutMs, or put without confirm.',
  ),
  lag: code(
    'refused',
    true,
    'The session fell behind, and the subscription has onLag "close".',
    'Subscribe again, or use onLag "replay" or "latest" to catch up instead.',
  ),
  timeout: code(
    'client',
    true,
    'It took longer than the time allowed.',
    'Allow more time, or check the connection.',
  ),
  aborted: code('client', false, "The caller's signal aborted it.", 'None: the caller requested it.'),
  'not-json': code(
    'client',
    false,
    'The message has no JSON form, or one with another meaning.',
    'Send what JSON can carry: no NaN, undefined, function, symbol, bigint, cycle, Map, Set, Promise or bytes.',
  ),
  rejected: code(
    'client',
    false,
    'The server closed the connection for good.',
    'Fix what the reason names, and create a new bus.',
  ),
} as const satisfies Record<string, CodeEntry>;

/** Every stable code, those of connections that fail included. */
export const CODES = { ...PROTOCOL_CODES, ...FAILURES } as const;

export type Code = keyof typeof CODES;

/** WebSocket close codes of this protocol. Below {@link CLOSE_FOR_GOOD} a client reconnects; from it on it does not. */
export const CLOSE = {
  goingAway: { code: 4000, meaning: 'The server stops or restarts.' },
  silent: { code: 4001, meaning: 'Nothing arrived from this side for too long.' },
  replaced: { code: 4002, meaning: 'The client has a newer connection.' },
  helloTimeout: { code: 4003, meaning: 'No hello arrived in time.' },
  failed: { code: 4004, meaning: 'The server failed at this session; its log says why.' },
  expired: { code: 4005, meaning: 'The token has expired; reconnect with a new one.' },
  crowded: { code: 4006, meaning: 'Too many connections.' },
  badHello: {
    code: 4500,
    meaning: 'The first message is not a valid hello, or the protocol is another one.',
  },
  badMessage: { code: 4501, meaning: 'The client violates the protocol repeatedly.' },
  unauthorized: { code: 4502, meaning: 'The token is missing, or not valid for this server.' },
  revoked: { code: 4503, meaning: 'The access was revoked.' },
} as const;

/** After close codes from here to 4999 a client does not reconnect; after every other, 1006 included, it does. */
export const CLOSE_FOR_GOOD = 4500;

/** Whether a client reconnects after its socket closed with this code. */
export function shouldReconnect(closeCode: number): boolean {
  return closeCode < CLOSE_FOR_GOOD || closeCode > 4999;
}

/** The one error type of this project: a stable code, what went wrong, and what to do about it. */
export class ZerospanError extends Error {
  override readonly name = 'ZerospanError';
  readonly code: Code;
  readonly remedy: string;
  /** Whether the same thing may succeed later, unchanged. */
  readonly retry: boolean;
  /** `false`: the bus tries again by itself. `true`: what failed is over. */
  readonly final: boolean;

  /** @param reason what went wrong in this case; the code's general meaning when left out */
  constructor(
    code: Code,
    reason: string = CODES[code].meaning,
    options?: { remedy?: string | undefined; cause?: unknown; final?: boolean },
  ) {
    super(reason, options?.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.final = options?.final ?? true;
    this.remedy = options?.remedy ?? CODES[code].remedy;
    this.retry = CODES[code].retry;
  }
}
