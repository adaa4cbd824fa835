import type { Msg, NatsConnection } from '@nats-io/transport-node';
import { type Message, StreamFault } from '../stream.ts';
import { ANSWER_MS } from './faults.ts';

const ID = 'Nats-Msg-Id';

/** No message is held there. */
const NOT_FOUND = 10_037;
const STREAM_NOT_FOUND = 10_059;

/** What the reply subject of a delivered message says of it. */
export interface Delivered {
  readonly sequence: number;
  /** Its number among those that its consumer has delivered, from 1. */
  readonly number: number;
  readonly time: number;
  /** How many the stream has behind it. */
  readonly pending: number;
}

/**
 * Reads `$JS.ACK.STREAM.CONSUMER.DELIVERIES.SEQUENCE.NUMBER.NANOSECONDS.PENDING`, which newer servers write with a
 * domain and an account in front of the stream.
 */
export function readDelivered(reply: string | undefined): Delivered | undefined {
  if (!reply?.startsWith('$JS.ACK.')) return undefined;
  const tokens = reply.split('.');
  const at = tokens.length < 11 ? 5 : 7;
  const [sequence, number, nanos, pending] = tokens.slice(at, at + 4);
  if (sequence === undefined || number === undefined || nanos === undefined) return undefined;
  return {
    sequence: Number(sequence),
    number: Number(number),
    time: Number(nanos.slice(0, -6)),
    pending: Number(pending ?? 0),
  };
}

export function messageOf({ subject, data, headers }: Msg, { sequence, time }: Delivered): Message {
  return { sequence, time, subject, id: headers?.get(ID) ?? '', data: bufferOf(data) };
}

export function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
}

/** One message, by what the request says: from the leader of the stream, which knows. */
export async function getMessage(
  nats: NatsConnection,
  stream: string,
  request: { seq: number } | { last_by_subj: string } | { seq: number; next_by_subj: string },
): Promise<Message | undefined> {
  const subject = `$JS.API.STREAM.MSG.GET.${stream}`;
  const answer = await nats.request(subject, JSON.stringify(request), { timeout: ANSWER_MS });
  const { message, error } = answer.json<StoredAnswer>();
  if (error?.err_code === NOT_FOUND) return undefined;
  if (error?.err_code === STREAM_NOT_FOUND) throw new StreamFault('gone', error.description);
  if (error || !message) throw new StreamFault('away', error?.description ?? 'an answer without a message');
  return {
    sequence: message.seq,
    time: Date.parse(message.time),
    subject: message.subject,
    id: idIn(message.hdrs),
    data: Buffer.from(message.data ?? '', 'base64'),
  };
}

interface StoredAnswer {
  readonly message?: {
    readonly subject: string;
    readonly seq: number;
    readonly hdrs?: string;
    readonly data?: string;
    readonly time: string;
  };
  readonly error?: { readonly err_code: number; readonly description: string };
}

/** @param headers in base64, as they go over the wire */
function idIn(headers: string | undefined): string {
  const lines = Buffer.from(headers ?? '', 'base64')
    .toString()
    .split('\r\n');
  const line = lines.find((one) => one.startsWith(`${ID}:`));
  return line?.slice(ID.length + 1).trim() ?? '';
}
