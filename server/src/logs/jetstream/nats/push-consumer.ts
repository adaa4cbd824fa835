import { AckPolicy, DeliverPolicy, type JetStreamManager, ReplayPolicy } from '@nats-io/jetstream';
import {
  createInbox,
  type Msg,
  type NatsConnection,
  nanos,
  type Subscription,
} from '@nats-io/transport-node';
import type { Clock } from '@zerospan/shared';
import type { FollowEnd, Follower, Following } from '../stream.ts';
import { messageOf, readDelivered } from './messages.ts';

/** A server says that it is there this often, while there are no messages. */
const HEARTBEAT_MS = 500;
/** Without a word for so long, the consumer is taken for lost: servers say nothing of it. */
const SILENCE_MS = 1_500;
/** A consumer that nobody hears goes by itself. */
const INACTIVE_MS = 5_000;

export interface PushConsumerParts {
  readonly nats: NatsConnection;
  readonly manager: Pick<JetStreamManager, 'consumers'>;
  readonly stream: string;
  readonly clock: Clock;
}

/**
 * Follows a stream by a consumer that the server pushes to. The library's own one did not go on after all servers had
 * started again.
 */
export class PushConsumer implements Following {
  readonly #parts: PushConsumerParts;
  readonly #follower: Follower;
  readonly #subscription: Subscription;
  #name: string | undefined;
  /** Its number of the last message. */
  #number = 0;
  #heardMs: number;
  #cancel: () => void;
  #isOver = false;

  constructor(parts: PushConsumerParts, after: number, follower: Follower) {
    this.#parts = parts;
    this.#follower = follower;
    const { nats, clock } = parts;
    this.#heardMs = clock.elapsed();
    this.#cancel = clock.later(HEARTBEAT_MS, () => this.#watch());
    const inbox = createInbox();
    this.#subscription = nats.subscribe(inbox, {
      callback: (error, message) => {
        if (!error && !this.#isOver) this.#take(message);
      },
    });
    void this.#create(inbox, after);
  }

  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancel();
    this.#subscription.unsubscribe();
    this.#remove();
  }

  async #create(inbox: string, after: number): Promise<void> {
    const { manager, stream } = this.#parts;
    try {
      const { name } = await manager.consumers.add(stream, {
        deliver_subject: inbox,
        deliver_policy: DeliverPolicy.StartSequence,
        opt_start_seq: after + 1,
        ack_policy: AckPolicy.None,
        replay_policy: ReplayPolicy.Instant,
        idle_heartbeat: nanos(HEARTBEAT_MS),
        flow_control: true,
        inactive_threshold: nanos(INACTIVE_MS),
        mem_storage: true,
        num_replicas: 1,
      });
      this.#name = name;
      if (this.#isOver) this.#remove();
    } catch {
      this.#end('gone');
    }
  }

  /** It may be gone, or nobody may answer: then it goes by itself. */
  #remove(): void {
    const { manager, stream } = this.#parts;
    if (this.#name !== undefined) void manager.consumers.delete(stream, this.#name).catch(() => undefined);
  }

  #take(message: Msg): void {
    this.#heardMs = this.#parts.clock.elapsed();
    const code = message.headers?.code ?? 0;
    if (code !== 0) {
      this.#status(message, code);
      return;
    }
    const delivered = readDelivered(message.reply);
    if (!delivered) return;
    if (delivered.number !== this.#number + 1) {
      this.#end('jump');
      return;
    }
    this.#number = delivered.number;
    this.#follower.message(messageOf(message, delivered));
  }

  #status({ headers, reply }: Msg, code: number): void {
    if (code !== 100) {
      this.#end('gone');
      return;
    }
    // The server waits for this answer before it sends more.
    const waits = reply || headers?.get('Nats-Consumer-Stalled');
    if (waits) void this.#goOn(waits);
    const last = headers?.get('Nats-Last-Consumer');
    if (last && Number(last) > this.#number) this.#end('jump');
  }

  async #goOn(subject: string): Promise<void> {
    await this.#follower.caughtUp();
    const { nats } = this.#parts;
    if (!this.#isOver && !nats.isClosed()) nats.publish(subject);
  }

  #watch(): void {
    if (this.#parts.clock.elapsed() - this.#heardMs >= SILENCE_MS) this.#end('silence');
    else this.#cancel = this.#parts.clock.later(HEARTBEAT_MS, () => this.#watch());
  }

  #end(why: FollowEnd): void {
    if (this.#isOver) return;
    this.stop();
    this.#follower.ended(why);
  }
}
