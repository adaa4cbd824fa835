/**
 * Sockets that subscribe and count. Says {"ready":n} when all are subscribed. `report`: what came since it was last
 * asked, over all of them.
 */
import { channelsOf, LoadSocket, pause, readBuffer, Stamps, Tally, TICK_MS } from 'zerospan/load';
import { dialectNamed } from '../dialects/index.ts';
import { answer, plan, say } from './part.ts';

export interface SubscribersPlan {
  readonly url: string;
  /** See `dialects/index.ts`. */
  readonly dialect: string;
  readonly sockets: number;
  /** Channels that every socket subscribes to. */
  readonly shared: readonly string[];
  /** `count` channels of its own for each socket, numbered over all sockets below this name. */
  readonly own: { readonly name: string; readonly count: number };
  readonly payloadBytes: number;
  /** What to come in with, where a token is needed. */
  readonly token?: string | undefined;
}

/** Sockets that are being opened at the same time: far fewer than a listen backlog holds. */
const OPENING_MOST = 200;

/**
 * The sockets do what is due by time in this many groups, so that their acks are spread as those of real clients are.
 */
const GROUPS = 10;

const { url, dialect, sockets, shared, own, payloadBytes, token } = plan<SubscribersPlan>();
const tally = new Tally(new Stamps(payloadBytes));
const buffer = readBuffer();
const target = { url, dialect: dialectNamed(dialect, token) };
const owned = own.count === 0 ? [] : channelsOf(own.name, sockets * own.count);
const all: LoadSocket[] = [];
let ready = 0;

function open(i: number): void {
  const channels = [...shared, ...owned.slice(i * own.count, (i + 1) * own.count)];
  const failed = (reason: string): void => {
    process.stderr.write(`socket ${i}: ${reason}\n`);
  };
  all.push(new LoadSocket(target, channels, tally, buffer, () => ready++, failed));
}

answer({ report: () => tally.summary() });
let turn = 0;
setInterval(() => {
  for (let i = turn++ % GROUPS; i < all.length; i += GROUPS) all[i]?.tick();
}, TICK_MS / GROUPS);
for (let i = 0; i < sockets; i++) {
  while (all.length - ready - tally.closed >= OPENING_MOST) await pause(2);
  open(i);
}
while (ready < sockets && tally.closed === 0) await pause(5);
say(tally.closed === 0 ? { ready } : { missing: `${tally.closed} of ${sockets} sockets were closed` });
