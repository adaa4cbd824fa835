import { createServer } from 'node:net';
import { Subscriber, XPublisher } from 'zeromq';
import { Held } from '../../server/src/core/log/hot/held.ts';
import { Slabs } from '../../server/src/core/log/hot/slabs.ts';
import type { Entry } from '../../server/src/core/log/log.ts';
import { placePublication } from '../../server/src/core/log/text.ts';
import type { Intake, Logger } from '../../server/src/zeromq/ports.ts';
import { until } from './until.ts';

/** A logger that keeps its lines. */
export class Lines implements Logger {
  readonly lines: { level: 'info' | 'warn' | 'error'; about: Record<string, unknown>; text: string }[] = [];

  info(about: object, text: string): void {
    this.lines.push({ level: 'info', about: about as Record<string, unknown>, text });
  }

  warn(about: object, text: string): void {
    this.lines.push({ level: 'warn', about: about as Record<string, unknown>, text });
  }

  error(about: object, text: string): void {
    this.lines.push({ level: 'error', about: about as Record<string, unknown>, text });
  }
}

interface TakenMessage {
  readonly channel: string;
  readonly text: string;
  readonly republish: boolean;
  readonly origin: string | undefined;
}

/** Takes messages by what answers a promise for each, or undefined where all is done. */
export function takes(
  one: (channel: string, payload: Uint8Array, republish: boolean) => Promise<unknown> | undefined,
): Intake['take'] {
  return (channel, payload, republish, _, asked) => {
    const answer = one(channel, payload, republish);
    answer?.then(
      () => asked.answered(payload.byteLength),
      (error: unknown) => asked.answered(payload.byteLength, error),
    );
    return answer !== undefined;
  };
}

/** An intake that keeps what it takes, as text. */
export class Taken implements Intake {
  readonly taken: TakenMessage[] = [];
  /** Messages and losses in order. */
  readonly came: (TakenMessage | { readonly channel: string; readonly missed: number | null })[] = [];
  /** Messages and losses in order: `channel text`, and `lost channel missed`. */
  readonly story: string[] = [];

  take(channel: string, payload: Uint8Array, republish: boolean, origin: string | undefined): boolean {
    const text = Buffer.from(payload).toString();
    const message = { channel, text, republish, origin };
    this.taken.push(message);
    this.came.push(message);
    this.story.push(`${channel} ${text}`);
    return false;
  }

  lost(channels: readonly string[] | 'every', missed: number | null): Promise<unknown> {
    for (const channel of channels === 'every' ? ['(every channel)'] : channels) {
      this.story.push(`lost ${channel} ${missed}`);
      this.came.push({ channel, missed });
    }
    return Promise.resolve();
  }

  /** What was lost, without the messages. */
  get losses(): string[] {
    return this.story.filter((each) => each.startsWith('lost '));
  }

  get texts(): string[] {
    return this.taken.map(({ channel, text }) => `${channel} ${text}`);
  }
}

/** The ZeroMQ side without CURVE. */
export const WITHOUT_CURVE = {
  bound: {},
  source: () => ({}),
  failedHandshake: () => undefined,
  refusedBySource: () => undefined,
};

/** An entry as the log makes it. */
export function entryOf(channel: string, text: string, republish = true, offset = 1, origin?: string): Entry {
  const time = 1_795_458_000_000;
  const kind = 'publication';
  const placed = placePublication(new Slabs(), offset, time, channel, Buffer.from(text));
  return new Held({ kind, offset, time, channel, republish, origin }, placed);
}

/**
 * Where ports are taken from: below those that systems give to connections and to port 0 (Linux: from 32,768), or a
 * connection of another test could have one before the test has. Each process of a run has a thousand of its own.
 */
const PORTS = { from: 12_000, each: 1_000, processes: 16 } as const;

let lastPort = Math.floor(Math.random() * PORTS.each);

/** A TCP port that was free a moment ago, and that no other test of this run is given soon. */
export async function freePort(): Promise<number> {
  const own = PORTS.from + (Number(process.env.VITEST_POOL_ID ?? 0) % PORTS.processes) * PORTS.each;
  for (let tries = 0; tries < PORTS.each; tries++) {
    lastPort = (lastPort + 1) % PORTS.each;
    // Several may be asked for at once.
    const port = own + lastPort;
    if (await isFree(port)) return port;
  }
  throw new Error(`no port from ${own} to ${own + PORTS.each - 1} is free`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const isListening = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => resolve(true));
  });
  if (isListening) await new Promise((resolve) => server.close(resolve));
  return isListening;
}

/** A native publisher that knows when it is subscribed to, so that no test has to wait out the slow joiner. */
export class TestPublisher {
  readonly socket: XPublisher;
  #subscriptions = 0;

  constructor(options: { sendHighWaterMark?: number } = {}) {
    this.socket = new XPublisher({ linger: 0, verbosity: 'allSubsUnsubs', sendTimeout: 0, ...options });
  }

  async connect(address: string): Promise<this> {
    this.socket.connect(address);
    void this.#read();
    await this.subscribed();
    return this;
  }

  async bind(address = 'tcp://127.0.0.1:*'): Promise<string> {
    await this.socket.bind(address);
    void this.#read();
    return this.socket.lastEndpoint as string;
  }

  /** Waits until somebody takes everything. */
  async subscribed(): Promise<void> {
    await until('a subscription to everything', () => this.#subscriptions > 0);
  }

  async send(...messages: (string | Buffer | (string | Buffer)[])[]): Promise<void> {
    for (const message of messages) await this.socket.send(message);
  }

  async #read(): Promise<void> {
    for await (const [notice] of this.socket) {
      if (notice?.length === 1) this.#subscriptions += notice[0] === 1 ? 1 : -1;
    }
  }
}

/** A native subscriber that keeps all it receives, each message as the text of its parts. */
export class TestSubscriber {
  readonly socket: Subscriber;
  readonly received: string[] = [];

  constructor(
    address: string,
    topics: readonly string[] = [''],
    options: { receiveHighWaterMark?: number } = {},
  ) {
    this.socket = new Subscriber({ linger: 0, ...options });
    this.socket.subscribe(...topics);
    this.socket.connect(address);
  }

  start(): this {
    void this.#read();
    return this;
  }

  async #read(): Promise<void> {
    for await (const parts of this.socket) this.received.push(parts.map(String).join('|'));
  }
}
