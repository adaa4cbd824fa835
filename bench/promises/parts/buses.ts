/**
 * Many real clients, each with the channels that the plan gives it. `report`: their accounts.
 * `cut <everyMs> <forMs> <lastsMs>`: each loses its connection so often and for so long, at a time of its own; answers
 * when the last of it is over.
 */

import { answer, plan, say } from '../../parts/part.ts';
import { pause } from '../clock.ts';
import { type Histogram, Samples } from '../samples.ts';
import { type Account, Listener } from './listener.ts';

export interface BusesPlan {
  readonly url: string;
  readonly clients: readonly (readonly string[])[];
}

export interface BusesReport {
  readonly accounts: readonly Account[];
  readonly delays: Histogram;
  readonly recoveries: Histogram;
  readonly cuts: number;
}

const { url, clients } = plan<BusesPlan>();
const delays = new Samples();
const recoveries = new Samples();
const listeners = clients.map((channels) => new Listener(url, channels, delays, recoveries));

async function cutAgainAndAgain(
  listener: Listener,
  startMs: number,
  everyMs: number,
  forMs: number,
  lastsMs: number,
): Promise<void> {
  await pause(startMs);
  for (let passedMs = startMs; passedMs + forMs <= lastsMs; passedMs += everyMs) {
    listener.cut();
    await pause(forMs);
    listener.line.restore();
    await pause(everyMs - forMs);
  }
}

answer({
  async cut(everyMs = 0, forMs = 0, lastsMs = 0) {
    // Spread evenly over the time between two cuts.
    await Promise.all(
      listeners.map((listener, index) =>
        cutAgainAndAgain(listener, (index / listeners.length) * everyMs, everyMs, forMs, lastsMs),
      ),
    );
    return {};
  },
  report: (): BusesReport => ({
    accounts: listeners.map(({ account }) => account),
    delays: delays.histogram(),
    recoveries: recoveries.histogram(),
    cuts: listeners.reduce((sum, { line }) => sum + line.cuts, 0),
  }),
  settle: () => {
    for (const listener of listeners) listener.settle();
    return {};
  },
});
await Promise.all(listeners.map(({ ready }) => ready));
say({ ready: true });
