/**
 * One of a hundred subscribers is stopped while the others go on: what that costs them and the server, and what it is
 * given later.
 */

import { type Stage, signal } from '../stage.ts';
import { atMost, below, type Check, exactly, figure, reported } from './check.ts';
import { askUntil, pause } from './clock.ts';
import type { Measurement } from './measurement.ts';
import type { BusesReport } from './parts/buses.ts';
import type { SocketsPlan, SocketsReport } from './parts/sockets.ts';
import { type Histogram, Samples } from './samples.ts';

const MIB = 1024 * 1024;
const CHANNEL = 'room';
const OTHERS = 99;
const RATE = 1_000;
const BYTES = 1_024;
/** Sent before the one is stopped, and after it goes on. */
const AROUND = 1_000;

interface Run {
  readonly heldBytes: number;
  /** From sending to delivery, while the one was stopped. */
  readonly delays: Histogram;
  readonly othersFewest: number;
  readonly othersDisordered: number;
  readonly sent: number;
  readonly one: BusesReport['accounts'][number];
  /** The oldest publication that the log holds when the one goes on. */
  readonly oldest: number;
}

interface Scene {
  readonly logBytes: number;
  readonly seconds: number;
  readonly stops: boolean;
}

async function once(stage: Stage, { logBytes, seconds, stops }: Scene): Promise<Run> {
  const server = await stage.server(['--log-bytes', String(logBytes)]);
  const plan: SocketsPlan = { port: server.port, channel: CHANNEL, sockets: OTHERS, due: 0 };
  const others = await stage.part('promises/parts/sockets', plan);
  const one = await stage.part('promises/parts/buses', { url: server.url, clients: [[CHANNEL]] });
  const publisher = await stage.part('promises/parts/publisher', {
    address: server.busIngress,
    channel: CHANNEL,
    bytes: BYTES,
  });
  const othersReport = (): Promise<SocketsReport> => others.ask<SocketsReport>('report');
  await others.ask('connect');
  await askUntil(othersReport, ({ subscribed }) => subscribed === OTHERS, 10_000);
  const during = seconds * RATE;
  const have =
    (count: number) =>
    ({ fewest }: SocketsReport) =>
      fewest >= count;
  await publisher.ask(`send ${AROUND} ${RATE}`);
  await askUntil(othersReport, have(AROUND), 10_000);
  await others.ask('forget');
  if (stops) signal(one.pid, 'SIGSTOP');
  await publisher.ask(`send ${during} ${RATE}`);
  const { delays } = await askUntil(othersReport, have(AROUND + during), 10_000);
  // Acks of the last ones come, and what was for one turn only is let go of.
  await pause(1_000);
  const { heldBytes } = await server.part.ask<{ heldBytes: number }>('memory');
  const oldest = await stage.part('promises/parts/oldest', {
    port: server.port,
    channel: CHANNEL,
    epoch: server.epoch,
  });
  const { offset } = await oldest.ask<{ offset: number }>('report');
  if (stops) signal(one.pid, 'SIGCONT');
  const oneHas = (n: number): Promise<BusesReport> =>
    askUntil(
      () => one.ask<BusesReport>('report'),
      ({ accounts: [account] }) => account?.last === n,
      20_000,
    );
  // Nothing is put until it has caught up, so that the log still begins where it began.
  await oneHas(AROUND + during);
  await publisher.ask(`send ${AROUND} ${RATE}`);
  const sent = AROUND + during + AROUND;
  const { accounts } = await oneHas(sent);
  const last = await askUntil(othersReport, have(sent), 10_000);
  await stage.clear();
  const [account] = accounts;
  if (!account) throw new Error('the one told nothing');
  return {
    heldBytes,
    delays,
    othersFewest: last.fewest,
    othersDisordered: last.disordered,
    sent,
    one: account,
    oldest: offset,
  };
}

function compared(name: string, without: Run, withOne: Run): Check[] {
  return [
    reported(`${name}: held without, after collection`, `${(without.heldBytes / MIB).toFixed(2)} MiB`),
    below(`${name}: held more with it`, Math.abs(withOne.heldBytes - without.heldBytes) / 1e6, 2, 'MB'),
    exactly(`${name}: fewest that one of the others received`, withOne.othersFewest, withOne.sent),
    exactly(`${name}: out of order or twice`, withOne.othersDisordered + withOne.one.disordered, 0),
  ];
}

/** The size of the log does not matter to it, so both pairs are taken together. */
function delayed(without: readonly Run[], withOne: readonly Run[]): Check[] {
  const [calm, tried] = [without, withOne].map((runs) => Samples.of(runs.map(({ delays }) => delays)));
  if (!calm || !tried) return [];
  return [
    reported('p99 of the others without', figure(calm.p99, 'ms'), `p50 ${figure(calm.p50, 'ms')}`),
    atMost('p99 of the others with it', tried.p99, 2 * calm.p99, 'ms'),
    reported('p50 of the others with it', figure(tried.p50, 'ms')),
  ];
}

export const stopped: Measurement = {
  name: 'stopped',
  title: 'one of 100 subscribers stopped while 1,000 messages/s of 1 KB go by for 20 s',
  limitMs: 300_000,
  async run(stage, short) {
    const seconds = short ? 6 : 20;
    const large = { logBytes: 64 * MIB, seconds };
    const small = { logBytes: 4 * MIB, seconds };
    const largeWithout = await once(stage, { ...large, stops: false });
    const largeWith = await once(stage, { ...large, stops: true });
    // The other way round: what the machine does beside it in the course of time hits both alike.
    const smallWith = await once(stage, { ...small, stops: true });
    const smallWithout = await once(stage, { ...small, stops: false });
    const [gap] = smallWith.one.gaps;
    return [
      ...delayed([largeWithout, smallWithout], [largeWith, smallWith]),
      ...compared('64 MiB log', largeWithout, largeWith),
      exactly('64 MiB log: received by the one', largeWith.one.received, largeWith.sent),
      exactly('64 MiB log: gaps told to it', largeWith.one.gaps.length, 0),
      ...compared('4 MiB log', smallWithout, smallWith),
      exactly('4 MiB log: gaps told to the one', smallWith.one.gaps.length, 1),
      exactly('4 MiB log: gap from, the last that it saw + 1', gap?.from ?? 0, (gap?.before ?? 0) + 1),
      exactly('4 MiB log: gap to, the oldest kept - 1', gap?.to ?? 0, smallWith.oldest - 1),
      exactly('4 MiB log: received + missed', smallWith.one.received + (gap?.missed ?? 0), smallWith.sent),
      reported('4 MiB log: missed', String(gap?.missed), `reason ${gap?.reason}`),
    ];
  },
};
