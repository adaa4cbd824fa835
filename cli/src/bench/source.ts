import {
  LoadPublisher,
  NativeOutlet,
  type Outlet,
  Pace,
  PutOutlet,
  type PutTally,
  type PutTarget,
  type Stamps,
} from '../load/index.ts';
import { EXIT, Failure } from '../terminal/failure.ts';
import { connectAll } from './connect-all.ts';
import type { BenchPlan } from './plan.ts';

/** Puts of one publisher without an answer: as many as a client of ours allows itself, and as many bytes. */
const UNANSWERED_MOST = 16_384;
const UNANSWERED_BYTES = 16 * 1024 * 1024;

/**
 * The same where answers set the pace: enough to keep a server busy, few enough that an answer is not mostly waiting in
 * line.
 */
const EAGER_MOST = 64;
const EAGER_BYTES = 1024 * 1024;

/** What a publisher stands on. */
type Connection = Outlet & { close(): void };

/** The publishers of one run, and their pace. */
export class Source {
  readonly #plan: BenchPlan;
  readonly #puts: PutTally;
  readonly #stamps: Stamps;
  readonly #lost: (reason: string) => void;
  readonly #connections: Connection[] = [];
  readonly #publishers: LoadPublisher[] = [];
  readonly #pace: Pace;
  #next = 0;
  /** Answers set the pace now. */
  #eager = false;

  /** @param lost called for each publisher whose connection ends */
  constructor(plan: BenchPlan, puts: PutTally, stamps: Stamps, lost: (reason: string) => void) {
    this.#plan = plan;
    this.#puts = puts;
    this.#stamps = stamps;
    this.#lost = lost;
    this.#pace = new Pace(() => this.#publishOne());
  }

  /** Puts that wait for their answer. */
  get unanswered(): number {
    return this.#connections.reduce(
      (sum, each) => sum + (each instanceof PutOutlet ? each.unanswered : 0),
      0,
    );
  }

  /** WebSocket: resolves when all may put. ZeroMQ: at once; it connects by itself, see {@link publishFrom}. */
  async connect(
    target: Pick<PutTarget, 'tally' | 'buffer'>,
    signal: AbortSignal,
    connected: (count: number) => void,
  ): Promise<void> {
    const { url, publishers, ingress } = this.#plan;
    if (ingress === undefined) {
      const open = (index: number, ready: () => void, ended: (reason: string) => void): void =>
        this.#take(this.#putOutlet(index, target, ready, ended));
      await connectAll(publishers, { to: url, open, lost: this.#lost, connected }, signal);
      return;
    }
    for (let i = 0; i < publishers; i++) this.#take(this.#nativeOutlet(ingress));
  }

  /** One message of one publisher, outside the pace. */
  publishFrom(publisher: number): void {
    this.#publishers[publisher]?.publish();
  }

  start(): void {
    const { rate } = this.#plan;
    this.#eager = rate === 0;
    if (rate > 0) this.#pace.start(rate);
    else for (let i = 0; i < this.#publishers.length; i++) this.#fill(i);
  }

  stop(): void {
    this.#eager = false;
    this.#pace.stop();
  }

  close(): void {
    this.stop();
    for (const connection of this.#connections) connection.close();
  }

  #take(outlet: Connection): void {
    this.#connections.push(outlet);
    this.#publishers.push(new LoadPublisher(outlet, this.#plan.channels, this.#stamps));
  }

  #publishOne(): void {
    const publisher = this.#next;
    this.#next = publisher + 1 < this.#publishers.length ? publisher + 1 : 0;
    this.publishFrom(publisher);
  }

  /** Puts as much as may be unanswered. */
  #fill(publisher: number): void {
    const outlet = this.#connections[publisher];
    while (this.#eager && outlet instanceof PutOutlet && outlet.room > 0) this.publishFrom(publisher);
  }

  #putOutlet(
    index: number,
    { tally, buffer }: Pick<PutTarget, 'tally' | 'buffer'>,
    ready: () => void,
    ended: (reason: string) => void,
  ): PutOutlet {
    const { url, ca, rate, payloadBytes, token } = this.#plan;
    const [most, bytes] = rate === 0 ? [EAGER_MOST, EAGER_BYTES] : [UNANSWERED_MOST, UNANSWERED_BYTES];
    const unansweredMost = Math.min(most, Math.floor(bytes / payloadBytes));
    const answered = (): void => this.#fill(index);
    return new PutOutlet(
      { url, ca, buffer, tally, puts: this.#puts, unansweredMost, token },
      { ready, answered, failed: ended },
    );
  }

  #nativeOutlet(address: string): Connection {
    const puts = this.#puts;
    try {
      const outlet = new NativeOutlet(address, (channel) => puts.kept(channel));
      return {
        send(channel, payload) {
          puts.published(channel);
          outlet.send(channel, payload);
        },
        close: () => outlet.close(),
      };
    } catch (error) {
      throw new Failure(
        EXIT.usage,
        `--ingress ${address}: ${(error as Error).message}`,
        'Write it as tcp://127.0.0.1:5556.',
      );
    }
  }
}
