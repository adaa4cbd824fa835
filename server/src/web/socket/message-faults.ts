import {
  type Code,
  type HelloBody,
  LIMITS,
  NAME_REMEDY,
  nameFault,
  type SubscribeBody,
  ZerospanError,
} from '@zerospan/shared';
import { BODIES, type Kind } from './message-bodies.ts';

const REPLAY = ['since', 'last', 'sinceMs'] as const;

/** Names in one put, doubles included, before anything else of it is checked. */
const PUT_NAMES = 4 * LIMITS.putChannels;

/** Which put or subscription a message is about. */
export type Subject = { readonly put: number } | { readonly subscription: number } | undefined;

/** So that a refusal reaches the one who waits for it. */
export function subjectOf(kind: Kind, body: unknown): Subject {
  const id = typeof body === 'object' && body !== null ? (body as { id?: unknown }).id : undefined;
  // 1e999 is read as a number that JSON cannot write.
  if (typeof id !== 'number' || !Number.isFinite(id)) return undefined;
  if (kind === 'put') return { put: id };
  return kind === 'subscribe' || kind === 'unsubscribe' ? { subscription: id } : undefined;
}

/** What is wrong with the body of a message, in words that name the field; undefined: nothing. */
export function faultOf(kind: Kind, body: unknown): ZerospanError | undefined {
  const found = wrongWith(kind, body);
  if (!found || kind === 'hello' || subjectOf(kind, body)) return found;
  // Without an id nobody waits for a refusal with its code (E1).
  return new ZerospanError('bad-message', found.message);
}

function wrongWith(kind: Kind, body: unknown): ZerospanError | undefined {
  const { channels } = (body ?? {}) as { channels?: unknown };
  if (kind === 'put' && Array.isArray(channels) && channels.length > PUT_NAMES)
    return new ZerospanError('too-many-channels');
  const check = BODIES[kind];
  if (check.Check(body)) {
    if (kind === 'hello') return helloFault(body as HelloBody);
    return kind === 'subscribe' ? replayFault(body as SubscribeBody) : undefined;
  }
  if (kind === 'put' && !Object.hasOwn(body ?? {}, 'channels')) return new ZerospanError('no-channels');
  const [, [error]] = check.Errors(body);
  const path = `${kind}${(error?.instancePath ?? '').replaceAll('/', '.')}`;
  return new ZerospanError(codeOf(kind, path), `${path}: ${error?.message ?? 'is not as it should be'}.`);
}

function helloFault({ name }: HelloBody): ZerospanError | undefined {
  const fault = name === undefined ? undefined : nameFault(name);
  if (fault === undefined) return undefined;
  return new ZerospanError('bad-hello', `hello.name: ${fault}.`, { remedy: NAME_REMEDY });
}

function replayFault({ replay, after, replayed }: SubscribeBody): ZerospanError | undefined {
  if (replayed !== undefined && (replay === undefined || after === undefined))
    return new ZerospanError('bad-replay', 'subscribe.replayed goes with replay and after.');
  if (replay === undefined || REPLAY.filter((key) => Object.hasOwn(replay, key)).length === 1)
    return undefined;
  return new ZerospanError('bad-replay');
}

function codeOf(kind: Kind, path: string): Code {
  if (kind === 'hello') return 'bad-hello';
  if (/\.(replay|after|replayed)\b/.test(path)) return 'bad-replay';
  if (path.includes('.confirm')) return 'bad-confirm';
  if (path.endsWith('.id')) return 'bad-id';
  if (path.includes('.channels')) return kind === 'put' ? 'bad-channel' : 'bad-filter';
  return path.includes('.prefixes') ? 'bad-filter' : 'bad-message';
}
