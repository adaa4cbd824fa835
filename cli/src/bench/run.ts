import { performance } from 'node:perf_hooks';
import { ZerospanError } from '@zerospan/shared';
import { CONNECT_MS } from '../connection/defaults.ts';
import { PutTally, pause, readBuffer, Stamps, Tally } from '../load/index.ts';
import { EXIT, Failure } from '../terminal/failure.ts';
import { say, type Terminal } from '../terminal/terminal.ts';
import { type BenchPlan, subscribersOf } from './plan.ts';
import { connectingProgress, counted, ratesProgress, seconds } from './progress.ts';
import { type BenchResult, resultOf } from './report.ts';
import { Source } from './source.ts';
import { Subscribers } from './subscribers.ts';

/** How often it is looked what has come, in ms. */
const POLL_MS = 10;

/** What is due is waited for until nothing has come for so long, in ms, and never longer than the second. */
const QUIET_MS = 1_000;
const SETTLE_MOST_MS = 5_000;

/** The same after an interruption: shorter than the time that a signal leaves the process. */
const HURRIED_MS = 2_000;

/** A ZeroMQ publisher is tried so often, in ms, until something of it arrives. */
const TRY_MS = 100;

/** One run from the first connection to the result. Its caller closes it. */
export class BenchRun {
  readonly #plan: BenchPlan;
  readonly #terminal: Terminal;
  readonly #tally: Tally;
  readonly #puts: PutTally;
  readonly #subscribers: Subscribers;
  readonly #source: Source;
  readonly #buffer = readBuffer();
  /** Aborted when nobody is left who publishes, or nobody who receives. */
  readonly #deserted = new AbortController();
  readonly #signal: AbortSignal;
  #lastLost: string | undefined;

  constructor(plan: BenchPlan, terminal: Terminal) {
    const stamps = new Stamps(plan.payloadBytes);
    this.#plan = plan;
    this.#terminal = terminal;
    this.#tally = new Tally(stamps);
    this.#puts = new PutTally(subscribersOf(plan));
    this.#subscribers = new Subscribers(plan, this.#tally, this.#buffer, this.#countdown(plan.subscribers));
    this.#source = new Source(plan, this.#puts, stamps, this.#countdown(plan.publishers));
    this.#signal = AbortSignal.any([terminal.interrupted, this.#deserted.signal]);
  }

  /** @throws Failure with exit code 69 */
  async connect(): Promise<void> {
    const { url, subscribers, publishers, ingress } = this.#plan;
    say(this.#terminal, `zerospan: connecting ${counted(subscribers, 'subscriber')} to ${url}`);
    const { interrupted } = this.#terminal;
    await this.#subscribers.connect(
      interrupted,
      connectingProgress(subscribers, 'subscriber', this.#terminal),
    );
    say(this.#terminal, `zerospan: connecting ${counted(publishers, 'publisher')} to ${ingress ?? url}`);
    const target = { tally: this.#tally, buffer: this.#buffer };
    await this.#source.connect(
      target,
      interrupted,
      connectingProgress(publishers, 'publisher', this.#terminal),
    );
    if (ingress !== undefined) await this.#awaitNative(ingress);
  }

  /** The same load for a while, of which nothing is counted but what goes on missing. */
  async warmUp(): Promise<void> {
    const { warmUpMs } = this.#plan;
    if (warmUpMs === 0) return;
    say(this.#terminal, `zerospan: warming up for ${seconds(warmUpMs)}`);
    await this.#publish(warmUpMs);
    await this.#settle();
    this.#mustGoOn();
    const missing = this.#puts.due - this.#tally.publications;
    this.#forget();
    // They may still come, and would else stand for others that are lost.
    this.#puts.due = Math.max(0, missing);
  }

  async measure(): Promise<BenchResult> {
    const { durationMs } = this.#plan;
    say(this.#terminal, `zerospan: running for ${seconds(durationMs)}`);
    const beganMs = performance.now();
    const before = performance.eventLoopUtilization();
    await this.#publish(durationMs);
    const publishedMs = performance.now() - beganMs;
    const { utilization } = performance.eventLoopUtilization(before);
    const lastMs = await this.#settle();
    const { interrupted } = this.#terminal;
    return resultOf(this.#plan, {
      durationMs: publishedMs,
      receivedMs: Math.max(publishedMs, lastMs - beganMs),
      interrupted: interrupted.aborted,
      busyShare: utilization,
      unanswered: this.#source.unanswered,
      received: this.#tally.summary(),
      put: this.#puts.summary(),
    });
  }

  close(): void {
    this.#source.close();
    this.#subscribers.close();
  }

  /** Publishes for so long, or until there is no point in it. */
  async #publish(ms: number): Promise<void> {
    const counts = () => ({ sent: this.#puts.sent, received: this.#tally.publications });
    const endProgress = ratesProgress(counts, this.#terminal);
    this.#source.start();
    await wait(ms, this.#signal);
    this.#source.stop();
    endProgress();
  }

  /** Waits for what is due; answers when the last of it came, on the clock of `performance`. */
  async #settle(): Promise<number> {
    const beganMs = performance.now();
    let lastMs = beganMs;
    let before = -1;
    for (;;) {
      const nowMs = performance.now();
      const arrived = this.#tally.publications + this.#puts.accepted + this.#puts.refused;
      if (arrived !== before) lastMs = nowMs;
      before = arrived;
      const complete = this.#tally.publications >= this.#puts.due && this.#source.unanswered === 0;
      const mostMs = this.#terminal.interrupted.aborted ? HURRIED_MS : SETTLE_MOST_MS;
      if (complete || nowMs - lastMs >= QUIET_MS || nowMs - beganMs >= mostMs) return lastMs;
      await pause(POLL_MS);
    }
  }

  /**
   * A PUB drops what it sends before it is connected and subscribed to, so each is tried until something arrives.
   * @throws Failure when nothing does
   */
  async #awaitNative(address: string): Promise<void> {
    const { publishers, channels, subscribers } = this.#plan;
    const endMs = performance.now() + CONNECT_MS;
    // A row of this length has at least one channel with a subscriber.
    const row = Math.max(1, channels.length - subscribers + 1);
    for (let i = 0; i < publishers; i++) {
      const before = this.#tally.publications;
      while (this.#tally.publications === before) {
        this.#mustGoOn();
        if (performance.now() > endMs)
          throw new Failure(
            EXIT.cannotConnect,
            `nothing that is published to ${address} comes to the subscribers`,
            'Name the bus.ingress of the same server as --url: "zerospan serve --json" prints both.',
          );
        for (let n = 0; n < row; n++) this.#source.publishFrom(i);
        await wait(TRY_MS, this.#signal);
      }
    }
    // What was still on its way must not be taken for the run's.
    for (let before = -1; this.#tally.publications !== before; await wait(TRY_MS, this.#signal))
      before = this.#tally.publications;
    this.#forget();
  }

  /** @throws where the run has come to an end before it began */
  #mustGoOn(): void {
    if (this.#terminal.interrupted.aborted) throw new ZerospanError('aborted');
    if (this.#deserted.signal.aborted)
      throw new Failure(EXIT.failed, `the connections were lost: ${this.#lastLost}`);
  }

  #forget(): void {
    this.#tally.summary();
    this.#puts.summary();
  }

  /** Answers what to call for each lost connection: the first is reported, the last of `count` aborts the run. */
  #countdown(count: number): (reason: string) => void {
    let left = count;
    return (reason) => {
      if (this.#lastLost === undefined) say(this.#terminal, `zerospan: a connection has ended: ${reason}`);
      this.#lastLost = reason;
      if (--left === 0) this.#deserted.abort();
    };
  }
}

/** Resolves after the given ms, or as soon as the signal aborts. */
function wait(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}
