import { setTimeout as sleep } from 'node:timers/promises';
import { Bus } from '@zerospan/client';

const CHANNEL = 'demo.cluster';
const SUBSCRIBERS = 3;

/** Between two puts, in ms. */
const PACE_MS = 20;

/** How long the end waits for answers, and then for what subscribers have not received yet, in ms. */
const LAST_ANSWERS_MS = 60_000;
const LAST_PUBLICATIONS_MS = 30_000;

/** A bus that reconnects, and how often it had to. */
class Client {
  reconnects = 0;
  bus;

  /** @param {string} url @param {string} name */
  constructor(url, name) {
    this.bus = new Bus(url, { name });
    /** @type {string} */
    let before = this.bus.state;
    let isFirst = true;
    this.bus.on('state', (state) => {
      // From `stale` it comes back to `live` on the same connection.
      if (before === 'connecting' && (state === 'live' || state === 'stale')) {
        if (!isFirst) this.reconnects++;
        isFirst = false;
      }
      before = state;
    });
    // What fails shows in the figures.
    this.bus.on('error', () => {});
  }
}

class Subscriber extends Client {
  /** @type {number[]} numbers of the puts, in the order in which they came */
  received = [];
  gaps = 0;
  #subscriber = this.bus.subscribe(CHANNEL);

  async start() {
    this.#subscriber.on('publication', ({ message }) => {
      this.received.push(/** @type {{ n: number }} */ (message).n);
    });
    this.#subscriber.on('gap', () => this.gaps++);
    await this.#subscriber.ready;
  }

  /** What it missed, and received more than once or too late. @param {ReadonlySet<number>} accepted */
  account(accepted) {
    const seen = new Set(this.received);
    const lost = [...accepted].filter((n) => !seen.has(n)).length;
    const ours = this.received.filter((n) => accepted.has(n));
    const disordered = ours.filter((n, i) => n < (ours[i - 1] ?? 0)).length;
    return { lost, twice: this.received.length - seen.size, disordered };
  }
}

/** One client puts numbers, others receive them, all through the balancer. */
export class Demo {
  #putter;
  #subscribers;
  /** @type {NodeJS.Timeout | undefined} */
  #timer;
  #put = 0;
  /** @type {Set<number>} */
  #accepted = new Set();
  #refused = 0;
  /** Nobody can know whether these were appended. */
  #unknown = 0;

  /** @param {string} url */
  constructor(url) {
    this.#putter = new Client(url, 'putter');
    this.#subscribers = Array.from(
      { length: SUBSCRIBERS },
      (_, i) => new Subscriber(url, `subscriber ${i + 1}`),
    );
  }

  async start() {
    await Promise.all([this.#putter.bus.ready, ...this.#subscribers.map((each) => each.start())]);
    this.#timer = setInterval(() => void this.#putNext(), PACE_MS);
  }

  /** The figures so far. */
  line() {
    const each = (/** @type {(subscriber: Subscriber) => number} */ figure) =>
      this.#subscribers.map(figure).join(' ');
    return [
      `put ${this.#put}`,
      `accepted ${this.#accepted.size}`,
      `received ${each(({ received }) => received.length)}`,
      `gaps ${each(({ gaps }) => gaps)}`,
      `reconnects ${this.#putter.reconnects} + ${each(({ reconnects }) => reconnects)}`,
    ].join('  ');
  }

  /** Puts no more. */
  stop() {
    clearInterval(this.#timer);
  }

  /** Waits for the rest, and prints the account. @returns whether each accepted publication came once and in order */
  async finish() {
    await waits(LAST_ANSWERS_MS, () => this.#waiting === 0);
    const last = Math.max(...this.#accepted, -1);
    await waits(LAST_PUBLICATIONS_MS, () =>
      this.#subscribers.every(({ received }) => last < 0 || received.includes(last)),
    );
    console.log(
      `${this.#put} put: ${this.#accepted.size} accepted, ${this.#refused} refused, ` +
        `${this.#unknown} with an unknown outcome, ${this.#waiting} not answered`,
    );
    let isRight = this.#accepted.size > 0;
    for (const [i, subscriber] of this.#subscribers.entries()) {
      const { lost, twice, disordered } = subscriber.account(this.#accepted);
      const { received, gaps, reconnects } = subscriber;
      isRight &&= lost + twice + disordered === 0;
      console.log(
        `subscriber ${i + 1}: ${received.length} received, ${lost} lost, ${twice} twice, ` +
          `${disordered} out of order; ${gaps} gaps, ${reconnects} reconnects`,
      );
    }
    console.log(
      isRight
        ? 'Each accepted publication was received once and in order.'
        : 'NOT each accepted publication was received once and in order.',
    );
    const buses = [this.#putter, ...this.#subscribers].map(({ bus }) => bus);
    await Promise.all(buses.map((bus) => bus.close({ timeoutMs: 1_000 })));
    return isRight;
  }

  get #waiting() {
    return this.#put - this.#accepted.size - this.#refused - this.#unknown;
  }

  async #putNext() {
    const n = this.#put++;
    try {
      await this.#putter.bus.put(CHANNEL, { n });
      this.#accepted.add(n);
    } catch (error) {
      if (/** @type {import('@zerospan/client').ZerospanError} */ (error).code === 'outcome-unknown')
        this.#unknown++;
      else this.#refused++;
    }
  }
}

/** @param {number} mostMs @param {() => boolean} condition */
async function waits(mostMs, condition) {
  const endMs = performance.now() + mostMs;
  while (!condition() && performance.now() < endMs) await sleep(50);
}
