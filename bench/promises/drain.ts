/** A server stops on a signal while a client puts without end: what was accepted is what everybody received. */

import { type Server, type Stage, signal } from '../stage.ts';
import { atLeast, type Check, exactly, reported } from './check.ts';
import { Clients, count, sameFor } from './clients.ts';
import { askUntil, pause, sharedMs } from './clock.ts';
import type { Measurement } from './measurement.ts';
import type { EndlessReport } from './parts/endless-putter.ts';
import type { Account } from './parts/listener.ts';

const CHANNEL = 'room';
const CLIENTS = 100;
/** Clients that stand still before, so that they are behind, and read again as the server gets the signal. */
const LATE = 10;
const RATE = 100;
/** With the rate, more than the window of a client that stands still for `STILL_MS`. */
const BYTES = 4_096;
const STILL_MS = 4_000;
/** What the server has sent is read by then, however busy the machine is. */
const READ_MS = 15_000;

/** Clients that all read until the server stops, and others that were behind just before. */
interface Crowd {
  readonly readers: Clients;
  readonly late: Clients;
}

export const drain: Measurement = {
  name: 'drain',
  title:
    `SIGTERM while a client puts ${RATE} messages/s of 4 KB, ` +
    `with ${CLIENTS + LATE} clients and a ZeroMQ subscriber`,
  limitMs: 60_000,
  async run(stage, short): Promise<Check[]> {
    const server = await stage.server();
    const { readers, late } = await gathered(stage, server);
    const native = await stage.part('promises/parts/native', {
      address: server.busAddress,
      channel: CHANNEL,
    });
    const putter = await stage.part('promises/parts/endless-putter', {
      port: server.port,
      channel: CHANNEL,
      bytes: BYTES,
    });
    await nativeIsThere(server.url);
    await putter.ask(`go ${RATE}`);
    await pause(short ? 1_000 : 5_000);
    for (const pid of late.pids) signal(pid, 'SIGSTOP');
    await pause(STILL_MS);
    for (const pid of late.pids) signal(pid, 'SIGCONT');
    const stoppedAtMs = sharedMs();
    await server.part.end();
    const tookMs = sharedMs() - stoppedAtMs;
    const puts = await putter.ask<EndlessReport>('report');
    const has = ({ last }: { last: number }): boolean => last >= puts.lastAccepted;
    const accountsOf = async (clients: Clients): Promise<readonly Account[]> =>
      (
        await askUntil(
          () => clients.report(),
          ({ accounts }) => accounts.every(has),
          READ_MS,
        )
      ).accounts;
    const [reading, behind] = [await accountsOf(readers), await accountsOf(late)];
    const zeromq = await askUntil(
      () => native.ask<{ received: number; last: number }>('report'),
      has,
      READ_MS,
    );
    const unanswered = puts.sent - puts.accepted - puts.refused;
    const hasAll = ({ received }: { received: number }): boolean => received === puts.accepted;
    const isTroubled = ({ gaps, disordered }: Account): boolean => gaps.length + disordered > 0;
    const fewest = (accounts: readonly Account[]): number =>
      Math.min(...accounts.map(({ received }) => received));
    return [
      reported('from SIGTERM until the process has ended', `${Math.round(tookMs)} ms`),
      reported(
        'puts',
        `${puts.sent} sent, ${puts.accepted} accepted, ${puts.refused} refused, ${unanswered} unanswered`,
      ),
      atLeast('refused', puts.refused, 1),
      exactly(
        'refused with another code than `draining`',
        count(puts.codes, (code) => code !== 'draining'),
        0,
      ),
      exactly('accepted, of those before the first refused', puts.accepted, puts.firstRefused - 1),
      exactly('clients that received all that was accepted, once', count(reading, hasAll), CLIENTS),
      exactly('clients that were behind and received it', count(behind, hasAll), LATE),
      reported('fewest that one received', `${fewest(reading)}, of those behind ${fewest(behind)}`),
      exactly('clients told a gap, or something twice', count([...reading, ...behind], isTroubled), 0),
      exactly('received by the ZeroMQ subscriber', zeromq.received, puts.accepted),
    ];
  },
};

async function gathered(stage: Stage, { url }: Server): Promise<Crowd> {
  // Those that will be behind come first: where slots to come back in are given by age, theirs are the earliest.
  const late = await Clients.start(stage, url, sameFor(LATE, CHANNEL), 1);
  return { readers: await Clients.start(stage, url, sameFor(CLIENTS, CHANNEL), 2), late };
}

/** Its subscription has reached the server. */
async function nativeIsThere(url: string): Promise<void> {
  const metrics = new URL('/metrics', url.replace(/^ws/, 'http'));
  const isThere = (text: string): boolean => /^zerospan_zeromq_topics [1-9]/m.test(text);
  const text = await askUntil(async () => (await fetch(metrics)).text(), isThere, 10_000);
  if (!isThere(text)) throw new Error('the ZeroMQ subscriber did not come');
}
