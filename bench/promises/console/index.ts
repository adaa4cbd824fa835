/** One console on a busy bus: what it takes of its reader's browser, and of the server. */
import { findChromium } from '../../../test/support/browser.ts';
import { cpuMicroseconds } from '../../cpu.ts';
import type { Part } from '../../processes.ts';
import type { Server } from '../../stage.ts';
import { atMost, type Check, figure, reported } from '../check.ts';
import { pause } from '../clock.ts';
import type { Measurement } from '../measurement.ts';
import type { Opened, ScreenReport } from '../parts/console-page.ts';
import { Samples } from '../samples.ts';
import { BusLoad, type LoadSize } from './load.ts';

const FULL: LoadSize = { channels: 100_000, rate: 10_000, sessions: 10_000 };
const SMALL: LoadSize = { channels: 10_000, rate: 2_000, sessions: 500 };
/** How long the bus has run before it is opened, and how long each screen is watched, in s. */
const LENGTH_S = 600;
const SHORT_S = 20;
/** Of the server with and without a console, in turn. */
const PAIRS = 5;
const PAIR_S = 10;
const PAIR_SHORT_S = 4;
/** What a screen costs when it is opened is not what it costs while it stays open, in ms. */
const SETTLE_MS = 3_000;
const SCREENS = ['messages', 'channels'] as const;

export const busyConsole: Measurement = {
  name: 'console',
  title: 'a console in Chromium beside 100,000 channels, 10,000 messages/s and 10,000 sessions',
  limitMs: 2 * 3_600_000,
  isLong: true,
  async run(stage, short, length): Promise<Check[]> {
    if (findChromium() === undefined)
      return [reported('skipped', 'no Chromium here', 'install it, or name it in CHROMIUM')];
    const size = short ? SMALL : FULL;
    const seconds = length.seconds ?? (short ? SHORT_S : LENGTH_S);
    const server = await stage.server(['--limits-channels', '400000']);
    const load = await BusLoad.start(stage, server, size);
    const page = await stage.part('promises/parts/console-page', {
      url: new URL('/', server.url.replace(/^ws/, 'http')).href,
    });
    const beganMs = performance.now();
    await load.sent();
    await pause(seconds * 1_000);
    const perS = (await load.sent()) / ((performance.now() - beganMs) / 1_000);
    const checks = [
      reported(
        'load',
        `${figure(size.channels)} channels, ${figure(perS)} messages/s, ${figure(load.sessions)} sessions`,
      ),
    ];
    for (const screen of SCREENS) checks.push(...(await watched(page, screen, size, seconds)));
    for (const screen of SCREENS)
      checks.push(...(await cost(page, server, screen, size, short ? PAIR_SHORT_S : PAIR_S)));
    return checks;
  },
};

type Screen = (typeof SCREENS)[number];

const wordOf = (screen: Screen, { channels }: LoadSize): string =>
  screen === 'channels' ? `channels ${channels}` : screen;

async function watched(page: Part, screen: Screen, size: LoadSize, seconds: number): Promise<Check[]> {
  const { rowsMs } = await page.ask<Opened>(wordOf(screen, size));
  await pause(SETTLE_MS);
  const report = await page.ask<ScreenReport>(`measure ${seconds}`);
  const [script, task, input] = [report.scriptMs, report.taskMs, report.inputMs].map((each) =>
    Samples.of([each]),
  ) as [Samples, Samples, Samples];
  const due = screen === 'messages' ? 'the last 200 messages' : 'all channels';
  return [
    atMost(`${screen}: ${due} after`, rowsMs ?? Number.POSITIVE_INFINITY, 1_000, 'ms'),
    atMost(`${screen}: script a frame, median`, script.p50, 8, 'ms'),
    reported(
      `${screen}: script a frame in its worst second, all work a frame, frames a second`,
      `${figure(script.most, 'ms')}, ${figure(task.p50, 'ms')}, ${figure(report.frames / report.seconds)}`,
    ),
    atMost(`${screen}: input answered, p98`, input.quantile(0.98), 100, 'ms'),
    reported(
      `${screen}: input answered, median and most`,
      `${input.p50} ms, ${input.most} ms`,
      `${input.count} keys, 16 ms is the least`,
    ),
    atMost(`${screen}: heap, at most`, report.heapBytes / 2 ** 20, 150, 'MB'),
  ];
}

/** CPU of the server with the screen open less that without, the median of pairs that take turns. */
async function cost(
  page: Part,
  server: Server,
  screen: Screen,
  size: LoadSize,
  seconds: number,
): Promise<Check[]> {
  const shares: { readonly without: number; readonly with: number }[] = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    const share = async (word: string): Promise<number> => {
      await page.ask(word);
      await pause(SETTLE_MS);
      return shareOf(server, seconds);
    };
    // Every other pair in the opposite order: a load that drifts would count for one side else.
    const open = wordOf(screen, size);
    const first = await share(pair % 2 === 0 ? 'away' : open);
    const second = await share(pair % 2 === 0 ? open : 'away');
    shares.push(pair % 2 === 0 ? { without: first, with: second } : { without: second, with: first });
  }
  const costs = shares.map((each) => each.with - each.without).toSorted((one, other) => one - other);
  const without = shares.reduce((sum, each) => sum + each.without, 0) / PAIRS;
  return [
    atMost(
      `${screen}: it costs the server, median of pairs`,
      costs[PAIRS >> 1] ?? Number.NaN,
      2,
      '% of a core',
    ),
    reported(
      `${screen}: each pair`,
      `${costs.map((each) => figure(each)).join(', ')} %`,
      `without it, the server takes ${figure(without, '%')}`,
    ),
  ];
}

async function shareOf({ part }: Server, seconds: number): Promise<number> {
  const [beforeUs, beforeMs] = [cpuMicroseconds(part.pid), performance.now()];
  await pause(seconds * 1_000);
  return (cpuMicroseconds(part.pid) - beforeUs) / (performance.now() - beforeMs) / 10;
}
