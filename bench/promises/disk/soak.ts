/** A small log on disk for twenty minutes, whose server is killed every minute: what it keeps, and what grows. */
import { metrics } from '../../metrics.ts';
import type { PublisherPlan } from '../../parts/publisher.ts';
import { freePort, type Server, type Stage } from '../../stage.ts';
import { atLeast, type Check, exactly, figure, reported } from '../check.ts';
import { Clients, sameFor } from '../clients.ts';
import { askUntil, pause, sharedMs } from '../clock.ts';
import type { Measurement } from '../measurement.ts';
import type { Account } from '../parts/listener.ts';
import type { PutterReport } from '../parts/putter.ts';
import { Directory, killed } from './directory.ts';
import { given, inGaps, lastOf } from './given.ts';
import { type Standing, standing, steadiness } from './standing.ts';

const SECONDS = 1_200;
const SHORT_SECONDS = 16;
const CHANNEL = 'room';
const QUIET = 'quiet';
/** From ZeroMQ: 1 MB/s, which fills the log in 8 s, or in 2 of the short run. */
const RATE = 1_000;
const BYTES = 1_024;
const LOG_BYTES = { long: 8 * 1024 * 1024, short: 2 * 1024 * 1024 };
const PUTTERS = 2;
const PUT_EVERY_MS = 50;
const TURNS_LEAST = { long: 50, short: 2 };

/** When things happen, in ms: each is a share of the run, but no shorter than it takes. */
interface Times {
  readonly lastsMs: number;
  readonly killEveryMs: number;
  readonly sampleEveryMs: number;
  /** How often the two clients go away; one comes back before the log has turned over, the other long after. */
  readonly awayEveryMs: number;
  readonly brieflyMs: number;
  readonly longMs: number;
}

function timesOf(seconds: number): Times {
  const lastsMs = seconds * 1_000;
  const awayEveryMs = Math.max(0.15 * lastsMs, 8_000);
  return {
    lastsMs,
    killEveryMs: Math.max(lastsMs / 20, 9_000),
    sampleEveryMs: Math.max(lastsMs / 240, 500),
    awayEveryMs,
    brieflyMs: Math.max(awayEveryMs / 36, 500),
    longMs: awayEveryMs / 2,
  };
}

/** What the server was seen to do, from one kill to the next. */
interface Watched {
  readonly standings: readonly Standing[];
  readonly kills: number;
  readonly otherEpochs: number;
  /** Questions for the last publication of the quiet channel, and those that were answered with it. */
  readonly asked: number;
  readonly answered: number;
  /** The server that runs at the end. */
  readonly server: Server;
}

async function watched(
  first: Server,
  directory: Directory,
  again: () => Promise<Server>,
  { lastsMs, killEveryMs, sampleEveryMs }: Times,
): Promise<Watched> {
  const standings: Standing[] = [];
  let [server, kills, otherEpochs, asked, answered] = [first, 0, 0, 0, 0];
  const due = await lastOf(server.port, server.epoch, QUIET);
  const beganMs = sharedMs();
  for (let passedMs = 0; passedMs < lastsMs; passedMs = sharedMs() - beganMs) {
    if (passedMs > (kills + 1) * killEveryMs) {
      kills++;
      await killed(server.part);
      server = await again();
      if (server.epoch !== first.epoch) otherEpochs++;
    }
    standings.push(standing(passedMs / lastsMs, server.part.pid, directory));
    asked++;
    const last = await lastOf(server.port, server.epoch, QUIET);
    if (last !== null && last === due) answered++;
    await pause(sampleEveryMs);
  }
  return { standings, kills, otherEpochs, asked, answered, server };
}

async function only(clients: Clients): Promise<Account> {
  const { accounts } = await clients.report();
  const [account] = accounts;
  if (!account) throw new Error('the client reported nothing');
  return account;
}

async function publishedTo(stage: Stage, address: string): Promise<void> {
  const plan: PublisherPlan = {
    to: { native: address },
    channel: { name: 'load', count: 100 },
    payloadBytes: BYTES,
  };
  await (await stage.part('parts/publisher', plan)).ask(`start ${RATE}`);
}

export const diskSoak: Measurement = {
  name: 'disk-soak',
  title: 'a log of 8 MB on disk for 20 minutes, its server killed with -9 every minute',
  limitMs: 2_400_000,
  isLong: true,
  async run(stage, short, { seconds = short ? SHORT_SECONDS : SECONDS }): Promise<Check[]> {
    const times = timesOf(seconds);
    const directory = new Directory(stage.folder());
    const log = directory.flags(short ? LOG_BYTES.short : LOG_BYTES.long);
    const [port, ingress] = [await freePort(), `tcp://127.0.0.1:${await freePort()}`];
    const start = (): Promise<Server> => stage.server(['--bus-ingress', ingress], port, log);
    const first = await start();
    const putter = (channel: string) => stage.part('promises/parts/putter', { url: first.url, channel });
    await (await putter(QUIET)).ask('put 1 0');
    const brief = await Clients.start(stage, first.url, sameFor(1, CHANNEL), 1);
    const long = await Clients.start(stage, first.url, sameFor(1, CHANNEL), 1);
    const putters = await Promise.all(Array.from({ length: PUTTERS }, () => putter(CHANNEL)));
    await publishedTo(stage, ingress);
    const { awayEveryMs, brieflyMs, longMs, lastsMs } = times;
    const [seen, reports] = await Promise.all([
      watched(first, directory, start, times),
      Promise.all(
        putters.map((part) =>
          part.ask<PutterReport>(`put ${Math.round(lastsMs / PUT_EVERY_MS)} ${PUT_EVERY_MS}`),
        ),
      ),
      brief.ask(`cut ${awayEveryMs} ${brieflyMs} ${lastsMs}`),
      long.ask(`cut ${awayEveryMs} ${longMs} ${lastsMs}`),
    ]);
    const offsets = reports.flatMap((report) => report.offsets);
    const isDone = ({ received, gaps }: Account): boolean =>
      received + inGaps(offsets, gaps) >= offsets.length;
    const [briefly, longer] = [
      await askUntil(() => only(brief), isDone, 45_000),
      await askUntil(() => only(long), isDone, 45_000),
    ];
    const held = (await metrics(seen.server.url)).sum('zerospan_log_disk_entries');
    return [
      reported('killed and started again', String(seen.kills), `${figure(lastsMs / 1_000, 's')} in all`),
      exactly('starts with another epoch', seen.otherEpochs, 0),
      atLeast(
        'times that the log turned over',
        (briefly.position?.offset ?? 0) / held,
        short ? TURNS_LEAST.short : TURNS_LEAST.long,
      ),
      exactly(
        'puts that failed',
        reports.reduce((sum, { failed }) => sum + failed, 0),
        0,
      ),
      ...given('away briefly', briefly, offsets),
      ...given('away long', longer, offsets),
      atLeast('away long: gaps', longer.gaps.length, 1),
      exactly('`last: 1` of a quiet channel, answered with it', seen.answered, seen.asked),
      ...steadiness(seen.standings),
    ];
  },
};
