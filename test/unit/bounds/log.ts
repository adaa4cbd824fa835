import { Channels } from '../../../server/src/core/log/hot/channels.ts';
import { Held } from '../../../server/src/core/log/hot/held.ts';
import { Lasts } from '../../../server/src/core/log/hot/lasts.ts';
import { Slabs } from '../../../server/src/core/log/hot/slabs.ts';
import { heldMeters } from '../../../server/src/core/log/meters.ts';
import { Forgotten } from '../../../server/src/core/log/puts/forgotten.ts';
import { RememberedPuts } from '../../../server/src/core/log/puts/remembered.ts';
import { placePublication } from '../../../server/src/core/log/text.ts';
import { MemoryLog } from '../../../server/src/logs/memory/index.ts';
import { type BoundCase, times } from '../../support/bound-case.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const payload = Buffer.from('"12345678"');

/** An entry of a log, by itself. */
function entryAt(offset: number): Held {
  const about = { kind: 'publication', offset, time: 1, channel: `room${offset}`, republish: true } as const;
  return new Held(
    { ...about, origin: undefined },
    placePublication(new Slabs(), offset, 1, about.channel, payload),
  );
}

/** What a metric of the log shows. */
function shown(log: MemoryLog, name: string): number {
  const found = heldMeters(log.counts).find((each) => each.name === name);
  if (found === undefined || found.kind === 'spread') throw new Error(`no ${name}`);
  return [...found.read()].reduce((sum, [, value]) => sum + value, 0);
}

/** The log in memory. */
export const logBounds: readonly BoundCase[] = [
  {
    row: 'entries of the log',
    what: 'entries and bytes, until they are old',
    open() {
      const clock = new ManualClock();
      const log = new MemoryLog({ clock, bytes: 10_000, lastBytes: 0, ageMs: 60_000 });
      const append = (i: number): unknown =>
        log.append({ channels: [`m${i % 5}`], payload, republish: true });
      append(0);
      const each = log.counts.bytes;
      const most = Math.floor(10_000 / each);
      clock.advance(60_001);
      log.expire();
      return {
        kept: () => ({ entries: log.counts.entries, bytes: log.counts.bytes, named: log.counts.named }),
        // Offsets of one length: all entries are of one size.
        fill: () => times(9, append).length + times(most, append).length,
        get atBound() {
          return {
            entries: log.counts.entries <= most ? log.counts.entries : -1,
            bytes: log.counts.bytes <= 10_000 ? log.counts.bytes : -1,
            named: 5,
          };
        },
        more: () => times(500, append),
        letGo: () => {
          clock.advance(60_001);
          log.expire();
        },
      };
    },
  },
  {
    row: 'last publications kept beyond',
    what: 'publications and bytes, until newer ones take their places',
    open() {
      const gone: Held[] = [];
      const lasts = new Lasts(100_000, (last) => gone.push(last));
      let offset = 0;
      let given: Held[] = [];
      const add = (): void => {
        const entry = entryAt(++offset);
        given.push(entry);
        lasts.add(entry, 1_000, `user ${offset}`);
      };
      return {
        kept: () => ({ count: lasts.count, bytes: lasts.bytes }),
        fill: () => times(300, add),
        atBound: { count: 100, bytes: 100_000 },
        more: () => times(100, add),
        letGo: () => {
          for (const { offset: each } of given) lasts.remove(each);
          given = [];
        },
      };
    },
  },
  {
    row: 'last publications kept beyond',
    what: 'one of each channel, the newest',
    open() {
      const clock = new ManualClock();
      const log = new MemoryLog({ clock, bytes: 1e8, lastBytes: 1e6, ageMs: 60_000 });
      const put = (): void => {
        for (let i = 0; i < 10; i++) log.append({ channels: [`m${i}`], payload, republish: true });
        clock.advance(60_001);
        log.expire();
      };
      return {
        kept: () => ({ entries: log.counts.entries, named: log.counts.named }),
        fill: () => times(5, put),
        atBound: { entries: 10, named: 10 },
      };
    },
  },
  {
    row: 'channels known of which nothing is held',
    what: 'channels, each forgotten for a newer one',
    open() {
      const channels = new Channels(0, 1_000);
      let n = 0;
      const lose = (): void => {
        const offset = ++n;
        const channel = channels.obtain(`m${offset}`, `user ${offset % 64}`);
        channel.push('publication', offset);
        channels.lose(channel, { kind: 'publication', offset });
      };
      return {
        kept: () => ({ channels: channels.count, held: channels.held }),
        fill: () => times(1_000, lose),
        atBound: { channels: 1_000, held: 0 },
        more: () => times(1_000, lose),
      };
    },
  },
  {
    row: 'distinct channels that the log holds something of, or that something is on its way for',
    what: 'channels, until their entries are old',
    open() {
      const clock = new ManualClock();
      const log = new MemoryLog({ clock, bytes: 1e8, lastBytes: 0, ageMs: 60_000, channels: 160 });
      let n = 0;
      const append = (): void => {
        const user = `user ${n % 40}`;
        try {
          log.append({ channels: [`m${n++}`], payload, republish: true, user });
        } catch {
          // `too-many-names`: counted by what is held.
        }
      };
      return {
        kept: () => ({ named: shown(log, 'zerospan_log_channels_held'), entries: log.counts.entries }),
        fill: () => times(160, append),
        atBound: { named: 160, entries: 160 },
        more: () => times(50, append),
        letGo: () => {
          clock.advance(60_001);
          log.expire();
        },
      };
    },
  },
  {
    row: 'puts remembered',
    what: 'puts, until their time has passed',
    open() {
      const puts = new RememberedPuts({ weight: 100, ageMs: 60_000 });
      let nowMs = 0;
      let id = 0;
      const put = (): void => {
        const user = `user ${++id % 50}`;
        const entry = { channels: ['room'], payload, republish: true, user };
        const putKey = { client: user, id, firstSentMs: undefined };
        puts.find(putKey, entry, nowMs);
        puts.add(putKey, entry, { time: 1, offsets: [id] }, nowMs);
      };
      put();
      return {
        kept: () => ({ puts: puts.count }),
        fill: () => times(80, put),
        atBound: { puts: 50 },
        more: () => times(20, put),
        letGo: () => {
          nowMs += 60_001;
          put();
        },
      };
    },
  },
  {
    row: 'users of whom it is known how far their puts were forgotten',
    what: 'users, for two times the age of a put',
    open() {
      const forgotten = new Forgotten(60_000);
      let nowMs = 0;
      let users = 0;
      const crowdOut = (): void => forgotten.crowdedOut({ user: `user ${++users}`, isMobile: false }, nowMs);
      forgotten.rotate(nowMs);
      return {
        kept: () => ({ users: forgotten.users }),
        fill: () => times(10_000, crowdOut),
        atBound: { users: 10_000 },
        more: () => times(100, crowdOut),
        letGo: () => {
          for (let i = 0; i < 2; i++) {
            nowMs += 60_000;
            forgotten.rotate(nowMs);
          }
        },
      };
    },
  },
];
