/**
 * Many raw sockets, each a client with one subscription. `connect`: all of them at once. `report`: what they were given
 * so far. `forget`: the delays.
 */

import { answer, plan, say } from '../../parts/part.ts';
import { type Histogram, Samples } from '../samples.ts';
import { RawSubscriber, type RawWish } from './raw-subscriber.ts';

export interface SocketsPlan extends RawWish {
  readonly sockets: number;
  /** What each is due; 0 is not counted. */
  readonly due: number;
}

export interface SocketsReport {
  readonly subscribed: number;
  /** Those that have been given exactly, and more than, what they are due. */
  readonly served: number;
  readonly overserved: number;
  readonly publications: number;
  readonly fewest: number;
  readonly disordered: number;
  readonly gaps: number;
  /** Close codes of those that were closed. */
  readonly closed: readonly number[];
  readonly delays: Histogram;
}

/** An ack is due this long after something came (A1), in ms. */
const ACK_MS = 250;

const { sockets, due, ...wish } = plan<SocketsPlan>();
const delays = new Samples();
let all: RawSubscriber[] = [];

answer({
  connect: () => {
    all = Array.from({ length: sockets }, () => new RawSubscriber(wish, delays));
    return {};
  },
  forget: () => {
    delays.clear();
    return {};
  },
  report: (): SocketsReport => ({
    subscribed: all.filter(({ state }) => state === 'subscribed').length,
    served: all.filter(({ received }) => received === due).length,
    overserved: all.filter(({ received }) => received > due).length,
    publications: all.reduce((sum, { received }) => sum + received, 0),
    fewest: Math.min(...all.map(({ received }) => received)),
    disordered: all.reduce((sum, { disordered }) => sum + disordered, 0),
    gaps: all.reduce((sum, { gaps }) => sum + gaps, 0),
    closed: all.flatMap(({ closeCode }) => closeCode ?? []),
    delays: delays.histogram(),
  }),
});
setInterval(() => {
  for (const each of all) each.ack();
}, ACK_MS);
say({ ready: true });
