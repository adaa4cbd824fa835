/** Sockets that subscribe and to which nothing is published. `connect`: all of them, and how long that took. */
import { LoadSocket, pause, readBuffer, STAMPED_LEAST_BYTES, Stamps, Tally } from 'zerospan/load';
import { dialectNamed } from '../dialects/index.ts';
import { answer, plan, say } from './part.ts';

export interface CrowdPlan {
  readonly url: string;
  /** See `dialects/index.ts`. */
  readonly dialect: string;
  readonly sockets: number;
  /** Each socket subscribes to one of them, in turn. */
  readonly channels: readonly string[];
}

export interface CrowdReport {
  readonly subscribed: number;
  readonly closed: number;
  /** From the first connection to the last subscription. */
  readonly tookMs: number;
}

/** Sockets that are being opened at the same time: far fewer than a listen backlog holds. */
const OPENING_MOST = 200;

const { url, dialect, sockets, channels } = plan<CrowdPlan>();
const tally = new Tally(new Stamps(STAMPED_LEAST_BYTES));
const buffer = readBuffer();
const target = { url, dialect: dialectNamed(dialect) };
let subscribed = 0;

function open(i: number): void {
  const requested = channels[i % channels.length] as string;
  const failed = (reason: string): void => void process.stderr.write(`socket ${i}: ${reason}\n`);
  new LoadSocket(target, [requested], tally, buffer, () => subscribed++, failed);
}

answer({
  async connect(): Promise<CrowdReport> {
    const beganMs = performance.now();
    for (let i = 0; i < sockets; i++) {
      while (i - subscribed - tally.closed >= OPENING_MOST) await pause(2);
      open(i);
    }
    while (subscribed + tally.closed < sockets) await pause(2);
    return { subscribed, closed: tally.closed, tookMs: performance.now() - beganMs };
  },
  report: () => ({ subscribed, closed: tally.closed }),
});
say({ ready: true });
