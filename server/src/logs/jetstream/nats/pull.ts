import { AckPolicy, DeliverPolicy, type JetStreamManager, ReplayPolicy } from '@nats-io/jetstream';
import { createInbox, type Msg, type NatsConnection, nanos } from '@nats-io/transport-node';
import type { Clock } from '@zerospan/shared';
import { type Message, type Range, StreamFault } from '../stream.ts';
import { ANSWER_MS } from './faults.ts';
import { type Delivered, messageOf, readDelivered } from './messages.ts';

/** Most messages of one question. */
const BATCH_MOST = 512;
/** A consumer whose deletion was lost goes by itself. */
const INACTIVE_MS = 5_000;

export interface PullParts {
  readonly nats: NatsConnection;
  readonly manager: Pick<JetStreamManager, 'consumers'>;
  readonly stream: string;
  readonly clock: Clock;
}

/** Fetches a range of a stream by a consumer from a sequence: message by message it costs ten times as much. */
export async function pull(parts: PullParts, range: Range): Promise<Message[]> {
  const { manager, stream } = parts;
  const { name } = await manager.consumers.add(stream, {
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: range.from,
    ack_policy: AckPolicy.None,
    replay_policy: ReplayPolicy.Instant,
    inactive_threshold: nanos(INACTIVE_MS),
    mem_storage: true,
    num_replicas: 1,
  });
  try {
    const found = await batch(parts, name, range, range.bytes);
    // The first one has more bytes than were asked for.
    return found.length > 0 ? found : await batch(parts, name, { ...range, to: range.from }, undefined);
  } finally {
    void manager.consumers.delete(stream, name).catch(() => undefined);
  }
}

function batch(
  { nats, stream, clock }: PullParts,
  consumer: string,
  { from, to }: Range,
  bytes: number | undefined,
): Promise<Message[]> {
  const count = bytes === undefined ? 1 : Math.min(to - from + 1, BATCH_MOST);
  const inbox = createInbox();
  return new Promise((resolve, reject) => {
    const found: Message[] = [];
    let taken = 0;
    const end = (fault?: StreamFault): void => {
      cancel();
      subscription.unsubscribe();
      if (fault) reject(fault);
      else resolve(found);
    };
    const take = (message: Msg, delivered: Delivered): void => {
      taken++;
      if (delivered.sequence <= to) found.push(messageOf(message, delivered));
      if (delivered.sequence >= to || taken >= count || delivered.pending === 0) end();
    };
    const subscription = nats.subscribe(inbox, {
      callback: (error, message) => {
        const delivered = error ? undefined : readDelivered(message.reply);
        if (delivered) take(message, delivered);
        else end(error ? new StreamFault('away', error.message, { cause: error }) : faultIn(message));
      },
    });
    const cancel = clock.later(ANSWER_MS, () => end(new StreamFault('away', 'a fetch was not answered')));
    const request = { batch: count, no_wait: true, ...(bytes !== undefined && { max_bytes: bytes }) };
    nats.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`, JSON.stringify(request), {
      reply: inbox,
    });
  });
}

/** Undefined: the batch ends, since no more is there, or would fit. */
function faultIn({ headers }: Msg): StreamFault | undefined {
  const code = headers?.code ?? 0;
  if (code === 404 || code === 408 || code === 409) return undefined;
  return new StreamFault('away', `a fetch was answered with the status ${code}`);
}
