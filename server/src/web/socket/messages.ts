import { isUtf8 } from 'node:buffer';
import {
  type ClientMessage,
  type Code,
  type HelloBody,
  isTooDeep,
  type Limits,
  type SubscribeBody,
  ZerospanError,
} from '@zerospan/shared';
import type { Incoming } from '../../core/conversation/conversation.ts';
import { BODIES, isKind, type Kind } from './message-bodies.ts';
import { faultOf, type Subject, subjectOf } from './message-faults.ts';

type Fault = Incoming & { kind: 'fault' };

const LF = 0x0a;

/** Whole numbers of 15 digits are exact. */
const ACK = /^\{"ack":\{"offset":(0|[1-9]\d{0,14}),"bytes":(0|[1-9]\d{0,14})\}\}$/;
const ACK_MOST_BYTES = 64;
const LETTER_A = 0x61;

/**
 * Reads one message of a client. It never throws: what cannot be read is a fault, with the id of what it was about
 * where there is one.
 */
export function decodeClientMessage(data: Buffer, limits: Limits): Incoming {
  const ack = plainAck(data);
  if (ack) return ack;
  // ws looks first, unless the application set up @fastify/websocket with that turned off: what is no UTF-8 would close
  // every browser's socket.
  if (!isUtf8(data)) return fault('bad-message', 'The message is not UTF-8.');
  const lf = data.indexOf(LF);
  const line = lf < 0 ? data : data.subarray(0, lf);
  const first = parsed(line);
  if (lf < 0 || isPut(first)) return read(first, line, lf < 0 ? undefined : data.subarray(lf + 1), limits);
  // Only a put has a payload. In any other message a line feed is white space, as at the end of a line.
  const whole = parsed(data);
  if (whole !== undefined) return read(whole, data, undefined, limits);
  const reason =
    'The message is not JSON. Only put has a payload behind a line feed, and its envelope is one line.';
  return fault('bad-message', reason, subjectIn(first));
}

/** @param head the bytes of the message, without a payload */
function read(message: unknown, head: Buffer, payload: Buffer | undefined, limits: Limits): Incoming {
  if (message === undefined) return fault('bad-message', 'The message is not JSON.');
  if (typeof message !== 'object' || message === null || Array.isArray(message)) {
    return fault('bad-message', 'The message is not a JSON object.');
  }
  const [kind, ...more] = Object.keys(message);
  if (kind === undefined || more.length > 0 || !isKind(kind)) {
    return fault('bad-message', `The message has one key, one of ${Object.keys(BODIES).join(', ')}.`);
  }
  const sent: unknown = (message as Record<Kind, unknown>)[kind];
  const subject = subjectOf(kind, sent);
  if (head.length > limits.envelopeBytes) {
    const reason = `The message has ${head.length} bytes before its payload, more than ${limits.envelopeBytes}.`;
    return fault('too-large', reason, subject);
  }
  if (isTooDeep(head, limits.depth))
    return fault('too-deep', `The message is more than ${limits.depth} deep.`, subject);
  // Many libraries write null for what is left out. Most messages hold none.
  const body = head.includes('null') ? withoutNulls(sent) : sent;
  const wrong = faultOf(kind, body);
  if (wrong) return { kind: 'fault', fault: wrong, ...subject };
  const good = (body === sent ? message : { [kind]: body }) as ClientMessage;
  const incoming = { kind: 'message', message: good, payload } as const;
  return kind === 'hello' ? { ...incoming, badSubscriptions: badOnes(body as HelloBody) } : incoming;
}

/**
 * An ack as clients write it, `{"ack":{"offset":1042,"bytes":262144}}`: what they say most of all, so it is read
 * without making JSON of it. Anything else that means the same is read like all messages.
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

/** Subscriptions of a hello that are not of the right shape: each is refused by itself (H5). */
function badOnes({ epoch, subscriptions = [] }: HelloBody): Map<SubscribeBody, ZerospanError> {
  const bad = new Map<SubscribeBody, ZerospanError>();
  for (const body of subscriptions) {
    const wrong = faultOf('subscribe', body);
    if (wrong) bad.set(body, wrong);
    else if (body.after !== undefined && epoch === undefined)
      bad.set(body, new ZerospanError('bad-replay', 'after needs hello.epoch, the epoch that it is of.'));
  }
  return bad;
}

/** undefined: it is not JSON. */
function parsed(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString());
  } catch {
    return undefined;
  }
}

function isPut(message: unknown): boolean {
  return typeof message === 'object' && message !== null && Object.hasOwn(message, 'put');
}

function subjectIn(message: unknown): Subject {
  const [entry] = Object.entries(message ?? {});
  return entry && isKind(entry[0]) ? subjectOf(entry[0], entry[1]) : undefined;
}

/** The same without the fields that are null, at any depth: a field that is null is left out (F11). */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(([, each]) => each !== null);
  return Object.fromEntries(fields.map(([name, each]) => [name, withoutNulls(each)]));
}

function fault(code: Code, reason: string, subject?: Subject): Fault {
  return { kind: 'fault', fault: new ZerospanError(code, reason), ...subject };
}
