import { isUtf8 } from 'node:buffer';
import {
  type ClientMessage,
  type Code,
  isTooDeep,
  LIMITS,
  type Limits,
  ON_LAG,
  type SubscribeBody,
  ZerospanError,
} from '@zerospan/shared';
import type { Incoming } from '../core/conversation/conversation.ts';
import * as Type from '../schema.ts';

const Id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });
const Offset = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Names = Type.Array(Type.String());
const Epoch = Type.String({ minLength: 1, maxLength: 128 });

/** The protocol's own bound, in characters, whatever gate there is: it may have a narrower one. Nothing longer is shown to it. */
const Token = Type.String({ maxLength: 64 * 1024 });

const Filters = { channels: Type.Optional(Names), prefixes: Type.Optional(Names) };
const REPLAY = ['since', 'last', 'sinceMs'] as const;
const Replay = Type.Object({
  since: Type.Optional(Type.Object({ epoch: Epoch, offset: Offset })),
  last: Type.Optional(Type.Integer({ minimum: 1, maximum: LIMITS.replayLast })),
  sinceMs: Type.Optional(Type.Number({ minimum: 0 })),
});
const Subscription = Type.Object({
  id: Id,
  ...Filters,
  replay: Type.Optional(Replay),
  onLag: Type.Optional(Type.Enum([...ON_LAG])),
  after: Type.Optional(Offset),
  replayed: Type.Optional(Offset),
});

/** More in one hello are no mistake of counting, and each would be answered: the hello as a whole is bad. */
const HELLO_SUBSCRIPTIONS = 2 * LIMITS.subscriptions;

/** Names in one put, doubles included, before anything else of it is looked at. */
const PUT_NAMES = 4 * LIMITS.putChannels;

/** One check for each message, compiled once. Fields that are not named here are passed over. */
const BODIES = {
  hello: Type.Compile(
    Type.Object({
      protocol: Type.String(),
      client: Type.String({ minLength: 8, maxLength: 64 }),
      token: Type.Optional(Token),
      acks: Type.Optional(Type.Boolean()),
      connection: Type.Optional(Offset),
      epoch: Type.Optional(Type.String()),
      // Looked at one by one: a bad one is refused by its id, the others stand.
      subscriptions: Type.Optional(
        Type.Array(Type.Object({ id: Type.Number() }), { maxItems: HELLO_SUBSCRIPTIONS }),
      ),
    }),
  ),
  subscribe: Type.Compile(Subscription),
  auth: Type.Compile(Type.Object({ token: Token })),
  ack: Type.Compile(Type.Object({ offset: Offset, bytes: Offset })),
  unsubscribe: Type.Compile(Type.Object({ id: Id, ...Filters })),
  put: Type.Compile(
    Type.Object({
      id: Id,
      channels: Names,
      againMs: Type.Optional(Type.Number({ minimum: 0 })),
      confirm: Type.Optional(Type.Object({ timeoutMs: Type.Number() })),
    }),
  ),
};
type Kind = keyof typeof BODIES;
type Check = (typeof BODIES)[Kind];
type Fault = Incoming & { kind: 'fault' };

const LF = 0x0a;

/** Whole numbers of 15 digits are exact. */
const ACK = /^\{"ack":\{"offset":(0|[1-9]\d{0,14}),"bytes":(0|[1-9]\d{0,14})\}\}$/;
const ACK_MOST_BYTES = 64;
const LETTER_A = 0x61;

/** Reads one message of a client. It never throws: what cannot be read is a fault, with the id of what it was about where there is one. */
export function decodeClientMessage(data: Buffer, limits: Limits): Incoming {
  const ack = plainAck(data);
  if (ack) return ack;
  // ws looks first, unless the application set up @fastify/websocket with that turned off: what is no UTF-8 would close every browser's socket.
  if (!isUtf8(data)) return fault('bad-message', 'The message is not UTF-8.');
  const lf = data.indexOf(LF);
  const head = lf < 0 ? data : data.subarray(0, lf);
  let message: unknown;
  try {
    message = JSON.parse(head.toString());
  } catch {
    return fault('bad-message', 'The message is not JSON on one line.');
  }
  if (typeof message !== 'object' || message === null || Array.isArray(message)) {
    return fault('bad-message', 'The message is not a JSON object.');
  }
  const [kind, ...more] = Object.keys(message);
  if (kind === undefined || more.length > 0 || !isKind(kind)) {
    return fault('bad-message', `The message has one key, one of ${Object.keys(BODIES).join(', ')}.`);
  }
  const body: unknown = (message as Record<Kind, unknown>)[kind];
  if (head.length > limits.envelopeBytes) {
    const reason = `The message has ${head.length} bytes before its payload, more than ${limits.envelopeBytes}.`;
    return { ...fault('too-large', reason), ...subject(kind, body) };
  }
  if (isTooDeep(head, limits.depth))
    return { ...fault('too-deep', `The message is more than ${limits.depth} deep.`), ...subject(kind, body) };
  if (lf >= 0 && kind !== 'put')
    return { ...fault('bad-message', `Only put has a body; ${kind} is one line.`), ...subject(kind, body) };
  const wrong = faultOf(kind, BODIES[kind], body);
  if (wrong) return { kind: 'fault', fault: wrong, ...subject(kind, body) };
  const read = {
    kind: 'message',
    message: message as ClientMessage,
    payload: lf < 0 ? undefined : data.subarray(lf + 1),
  } as const;
  if (!('hello' in read.message)) return read;
  const { epoch, subscriptions = [] } = read.message.hello;
  if (epoch === undefined && subscriptions.some(({ after }) => after !== undefined)) {
    return fault('bad-hello', 'A subscription has a position, but hello does not say of which epoch.');
  }
  return { ...read, badSubscriptions: badOnes(subscriptions) };
}

/**
 * An ack as clients write it, `{"ack":{"offset":1042,"bytes":262144}}`: what they say most of all, so it is read without making JSON of it. Anything else
 * that means the same is read like all messages.
 */
function plainAck(data: Buffer): Incoming | undefined {
  if (data.length > ACK_MOST_BYTES || data[2] !== LETTER_A) return undefined;
  const [, offset, bytes] = ACK.exec(data.toString('latin1')) ?? [];
  if (offset === undefined) return undefined;
  return {
    kind: 'message',
    message: { ack: { offset: Number(offset), bytes: Number(bytes) } },
    payload: undefined,
  };
}

function badOnes(subscriptions: readonly SubscribeBody[]): Map<SubscribeBody, ZerospanError> {
  const bad = new Map<SubscribeBody, ZerospanError>();
  for (const body of subscriptions) {
    const wrong = faultOf('subscribe', BODIES.subscribe, body);
    if (wrong) bad.set(body, wrong);
  }
  return bad;
}

function isKind(key: string): key is Kind {
  return Object.hasOwn(BODIES, key);
}

function faultOf(kind: Kind, check: Check, body: unknown): ZerospanError | undefined {
  const { channels } = (body ?? {}) as { channels?: unknown };
  if (kind === 'put' && Array.isArray(channels) && channels.length > PUT_NAMES)
    return new ZerospanError('too-many-channels');
  if (check.Check(body)) {
    if (kind !== 'subscribe') return undefined;
    const { replay, after, replayed } = body as SubscribeBody;
    if (replayed !== undefined && (replay === undefined || after === undefined))
      return new ZerospanError('bad-replay', `${kind}.replayed goes with replay and after.`);
    const named = replay && REPLAY.filter((key) => Object.hasOwn(replay, key)).length;
    return replay && named !== 1 ? new ZerospanError('bad-replay') : undefined;
  }
  if (kind === 'put' && !Object.hasOwn(body ?? {}, 'channels')) return new ZerospanError('no-channels');
  const [, [error]] = check.Errors(body);
  const path = `${kind}${(error?.instancePath ?? '').replaceAll('/', '.')}`;
  return new ZerospanError(codeOf(kind, path), `${path}: ${error?.message ?? 'is not as it should be'}.`);
}

function codeOf(kind: Kind, path: string): Code {
  if (kind === 'hello') return 'bad-hello';
  if (path.includes('.replay') || path.endsWith('.after')) return 'bad-replay';
  if (path.endsWith('.id')) return 'bad-id';
  if (path.includes('.channels')) return kind === 'put' ? 'bad-channel' : 'bad-filter';
  return path.includes('.prefixes') ? 'bad-filter' : 'bad-message';
}

function fault(code: Code, reason: string): Fault {
  return { kind: 'fault', fault: new ZerospanError(code, reason) };
}

/** Which put or subscription a bad message was about, so that the refusal reaches the one who waits for it. */
function subject(kind: Kind, body: unknown): { put?: number; subscription?: number } {
  const id = typeof body === 'object' && body !== null ? (body as { id?: unknown }).id : undefined;
  if (typeof id !== 'number' || kind === 'hello' || kind === 'auth') return {};
  return kind === 'put' ? { put: id } : { subscription: id };
}
