import { type ClientMessage, type Code, LIMITS, ZerospanError } from '@zerospan/shared';
import { Compile } from 'typebox/compile';
import Type from 'typebox';
import type { Incoming } from '../core/conversation.ts';

const Id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });
const Offset = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Names = Type.Array(Type.String());
const Epoch = Type.String({ minLength: 1, maxLength: 128 });

const one = { minProperties: 1, maxProperties: 1 };
const Replay = Type.Union([
  Type.Object({ since: Type.Object({ epoch: Epoch, offset: Offset }) }, one),
  Type.Object({ last: Type.Integer({ minimum: 1, maximum: LIMITS.replayLast }) }, one),
  Type.Object({ sinceMs: Type.Number({ minimum: 0 }) }, one),
]);

const Filters = { channels: Type.Optional(Names), prefixes: Type.Optional(Names) };
const Subscribe = Type.Object({ id: Id, ...Filters, replay: Type.Optional(Replay) });

/** One check for each message, compiled once. Fields that are not named here are passed over. */
const BODIES = {
  hello: Compile(
    Type.Object({
      protocol: Type.String(),
      client: Type.String({ minLength: 8, maxLength: 64 }),
      token: Type.Optional(Type.String()),
      epoch: Type.Optional(Epoch),
      subscriptions: Type.Optional(
        Type.Array(Type.Object({ id: Id, ...Filters, replay: Type.Optional(Replay), after: Type.Optional(Offset) })),
      ),
    }),
  ),
  subscribe: Compile(Subscribe),
  unsubscribe: Compile(Type.Object({ id: Id, ...Filters })),
  put: Compile(Type.Object({ id: Id, channels: Names })),
};
type Kind = keyof typeof BODIES;

const LF = 0x0a;

/** Reads one message of a client. It never throws: what cannot be read is a fault, with the id of what it was about where there is one. */
export function decodeClientMessage(data: Buffer): Incoming {
  const lf = data.indexOf(LF);
  const head = lf < 0 ? data : data.subarray(0, lf);
  if (head.length > LIMITS.envelopeBytes) return fault(`The message has ${head.length} bytes before its payload, more than ${LIMITS.envelopeBytes}.`, 'too-large');
  let message: unknown;
  try {
    message = JSON.parse(head.toString());
  } catch {
    return fault('The message is not JSON on one line.');
  }
  if (typeof message !== 'object' || message === null || Array.isArray(message)) return fault('The message is not a JSON object.');
  const [kind, ...more] = Object.keys(message);
  if (kind === undefined || more.length > 0 || !isKind(kind)) {
    return fault(`The message has one key, one of ${Object.keys(BODIES).join(', ')}.`);
  }
  const body = (message as Record<Kind, unknown>)[kind];
  const check = BODIES[kind];
  if (check.Check(body)) {
    return { kind: 'message', message: message as ClientMessage, payload: lf < 0 ? undefined : data.subarray(lf + 1) };
  }
  const [error] = check.Errors(body);
  const path = `${kind}${(error?.instancePath ?? '').replaceAll('/', '.')}`;
  const code = kind === 'put' && !Object.hasOwn(body ?? {}, 'channels') ? 'no-channels' : codeOf(kind, path);
  // Of a union, the check can only say that the first form does not fit; the code's own words say more.
  const reason = code === 'bad-replay' || code === 'no-channels' ? undefined : `${path}: ${error?.message ?? 'is not as it should be'}.`;
  return { ...fault(reason, code), ...subject(kind, body) };
}

function isKind(key: string): key is Kind {
  return Object.hasOwn(BODIES, key);
}

function codeOf(kind: Kind, path: string): Code {
  if (kind === 'hello') return 'bad-hello';
  if (path.includes('.replay')) return 'bad-replay';
  if (path.endsWith('.id')) return 'bad-id';
  if (path.includes('.channels')) return kind === 'put' ? 'bad-channel' : 'bad-filter';
  return path.includes('.prefixes') ? 'bad-filter' : 'bad-message';
}

function fault(reason: string | undefined, code: Code = 'bad-message'): Incoming & { kind: 'fault' } {
  return { kind: 'fault', fault: new ZerospanError(code, reason) };
}

/** Which put or subscription a bad message was about, so that the refusal reaches the one who waits for it. */
function subject(kind: Kind, body: unknown): { put?: number; subscription?: number } {
  const id = typeof body === 'object' && body !== null ? (body as { id?: unknown }).id : undefined;
  if (typeof id !== 'number' || kind === 'hello') return {};
  return kind === 'put' ? { put: id } : { subscription: id };
}
