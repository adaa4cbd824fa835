/** A server with a thousand clients is killed and started again. */
import { freePort, signal } from '../stage.ts';
import { atMost, below, type Check, exactly, reported } from './check.ts';
import { Clients, count, sameFor } from './clients.ts';
import { askUntil, pause, sharedMs } from './clock.ts';
import type { Measurement } from './measurement.ts';

const CHANNEL = 'room';
/** Put before the end of the server, so that positions are above 0. */
const BEFORE = 10;
const AFTER = 10;
/**
 * How long they have been connected before: until each has had a beat, with which the server sends a spread for their
 * number by now. The first to connect were few.
 */
const SETTLED_MS = 26_000;

export const restart: Measurement = {
  name: 'restart',
  title: 'the server of 1,000 clients killed with -9 and started again',
  limitMs: 120_000,
  // The wait before coming back is reckoned from their number: fewer would be another measurement.
  async run(stage, short): Promise<Check[]> {
    const size = 1_000;
    const port = await freePort();
    const first = await stage.server([], port);
    const clients = await Clients.start(stage, first.url, sameFor(size, CHANNEL), 2);
    const early = await stage.part('promises/parts/putter', { url: first.url, channel: CHANNEL });
    await early.ask(`put ${BEFORE} 10`);
    await early.end();
    const before = await askUntil(
      () => clients.report(),
      ({ accounts }) => accounts.every(({ received }) => received === BEFORE),
      10_000,
    );
    if (!short) await pause(SETTLED_MS);
    const killedAtMs = sharedMs();
    signal(first.part.pid, 'SIGKILL');
    const second = await stage.server([], port);
    const readyAtMs = sharedMs();
    const back = await askUntil(
      () => clients.report(),
      ({ accounts }) => accounts.every(({ state, liveAtMs }) => state === 'live' && liveAtMs > killedAtMs),
      45_000,
    );
    const putter = await stage.part('promises/parts/putter', { url: second.url, channel: CHANNEL });
    await putter.ask(`put ${AFTER} 10`);
    const after = await askUntil(
      () => clients.report(),
      ({ accounts }) => accounts.every(({ received }) => received === BEFORE + AFTER),
      10_000,
    );
    const isBack = back.accounts.filter(({ liveAtMs }) => liveAtMs > killedAtMs);
    const backAtMs = isBack.map(({ liveAtMs }) => liveAtMs);
    // The first may be back before it has said that it is ready.
    const upAtMs = Math.min(readyAtMs, ...backAtMs);
    const backMs = Math.max(...backAtMs) - upAtMs;
    const reportedBoth = after.accounts.filter(({ gaps, position }, i) => {
      const old = before.accounts[i]?.position;
      const [gap] = gaps;
      const isReported =
        gap?.reason === 'restart' && gap.epoch === first.epoch && gap.from === (old?.offset ?? -2) + 1;
      return isReported && gaps.length === 1 && position?.epoch === second.epoch;
    });
    return [
      reported('away, from the kill until it listens again', `${Math.round(upAtMs - killedAtMs)} ms`),
      exactly('back', isBack.length, size),
      below('the last is back after', backMs / 1_000, 30, 's'),
      atMost(
        'back in the first second',
        count(backAtMs, (atMs) => atMs < upAtMs + 1_000),
        size / 3,
        'clients',
      ),
      exactly(
        'told one gap `restart`, from the old position + 1, and the new position',
        reportedBoth.length,
        size,
      ),
      exactly(
        'received what was put then, once',
        count(after.accounts, ({ received }) => received === BEFORE + AFTER),
        size,
      ),
    ];
  },
};
