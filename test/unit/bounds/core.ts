import { Requester } from '../../../server/src/core/access/requester.ts';
import { Changes, FILTERS_A_TURN } from '../../../server/src/core/fanout/changes.ts';
import { BurstDebts } from '../../../server/src/core/pacing/burst-debts.ts';
import { LogRations } from '../../../server/src/core/pacing/log-rations.ts';
import { Absences } from '../../../server/src/core/receipts/naming/absences.ts';
import { Receipts } from '../../../server/src/core/receipts/receipts.ts';
import { uncaught } from '../../../server/src/core/reports.ts';
import { TimeSlicer } from '../../../server/src/core/time-slicer.ts';
import { type BoundCase, times } from '../../support/bound-case.ts';
import { TestBus } from '../../support/core.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { EVERYBODY } from '../../support/putting.ts';

/** One more each 100 ms, each kept for 10 s: so many are kept at a time. */
const STEADY = 100;

/** Shares, debts and receipts: what the core keeps of users and of clients that have left. */
export const coreBounds: readonly BoundCase[] = [
  {
    row: "token-bucket debt of closed sessions, inherited by the subject's next session",
    what: 'names, until it would have come in again',
    open() {
      const clock = new ManualClock();
      const debts = new BurstDebts({ perS: 100, burst: 1_000 }, clock);
      let names = 0;
      const leave = (count: number): void => {
        for (let i = 0; i < count; i++) {
          clock.advance(100);
          const name = `name ${++names}`;
          const bucket = debts.take(name);
          bucket.take(1_000);
          debts.leave(name, bucket);
        }
      };
      return {
        kept: () => ({ names: debts.size }),
        fill: () => leave(4 * STEADY),
        atBound: { names: STEADY },
        more: () => leave(STEADY),
        letGo: () => {
          clock.advance(10_000);
          for (let i = 0; i < STEADY; i++) debts.leave('nobody', debts.take('nobody'));
        },
      };
    },
  },
  {
    row: 'what sessions that have left had more of history than their pace',
    what: 'names, until it would have come in again, and timers',
    open() {
      const bus = new TestBus({ bounds: { replayEntriesPerS: 100 } });
      const { replays } = bus.hub;
      let names = 0;
      const leave = (count: number): void => {
        for (let i = 0; i < count; i++) {
          bus.clock.advance(100);
          const session = { user: '', rateKey: `name ${++names}`, step: () => false };
          replays.spend(session, { cursor: 0 }, 1_000);
          replays.left(session);
        }
      };
      return {
        kept: () => ({ names: replays.debtors, waiting: replays.waiting, timers: bus.clock.pending }),
        fill: () => leave(4 * STEADY),
        atBound: { names: STEADY, waiting: 0 },
        more: () => leave(STEADY),
        letGo: () => {
          bus.clock.advance(10_000);
          for (let i = 0; i < STEADY; i++) replays.charge('nobody', 0);
        },
      };
    },
  },
  {
    row: 'users whose bytes of the log are counted',
    what: 'users, until all of their burst has come in again',
    open() {
      const clock = new ManualClock();
      const rations = new LogRations({ perS: 1_000, burst: 10_000 }, clock, uncaught);
      let users = 0;
      const put = (count: number): void => {
        for (let i = 0; i < count; i++) {
          clock.advance(100);
          rations.take(`user ${++users}`, 10_000, () => {});
        }
      };
      const onlyOne = (): void => {
        clock.advance(10_000);
        for (let i = 0; i < STEADY; i++) rations.take('one', 0, () => {});
      };
      onlyOne();
      return {
        kept: () => ({ users: rations.size, timers: clock.pending }),
        fill: () => put(4 * STEADY),
        atBound: { users: STEADY },
        more: () => put(STEADY),
        letGo: onlyOne,
      };
    },
  },
  {
    row: 'bytes of the log that one user puts',
    what: 'puts that wait, and the timer that they wait for',
    async open() {
      const bounds = { putBytesPerS: 1_000, putBurstBytes: 10_000 };
      const bus = new TestBus({ bounds, limits: { putBytes: 10_000 } });
      const client = await bus.join([]);
      client.link.keeps = true;
      let id = 0;
      const put = (): void =>
        client.say({ put: { id: ++id, channels: times(10, (i) => `room-${i}`) } }, `"${'x'.repeat(832)}"`);
      const timers = bus.clock.pending;
      return {
        kept: () => ({
          lacking: 10_000 - bus.hub.rations.leftOf('a'),
          isHeld: Number(client.link.held),
          timers: bus.clock.pending,
        }),
        fill: () => times(2, put),
        // One that waits: whatever comes behind it is not even read.
        atBound: { lacking: 20_000, isHeld: 1, timers: timers + 1 },
        more: () => times(5, put),
        letGo: async () => {
          await bus.settle();
          for (let i = 0; i < 10; i++) {
            bus.clock.advance(10_000);
            await bus.settle();
          }
        },
      };
    },
  },
  {
    row: 'puts of one session that the log has not answered',
    what: 'puts, and what holds the link',
    async open() {
      const bus = new TestBus({ isLate: true, bounds: { putsInFlight: 10 } });
      const client = await bus.join([]);
      client.link.keeps = true;
      let id = 0;
      const put = (): void => client.say({ put: { id: ++id, channels: ['room'] } }, '1');
      return {
        kept: () => ({ inFlight: bus.hub.puts.inFlight, isHeld: Number(client.link.held) }),
        fill: () => times(20, put),
        atBound: { inFlight: 10, isHeld: 1 },
        more: () => times(20, put),
        letGo: async () => {
          for (let i = 0; i < 100; i++) {
            bus.late.appendNext();
            bus.late.answerNext();
            await bus.settle();
          }
        },
      };
    },
  },
  {
    row: 'memory of all puts that the log has not answered: payloads, and 1 KiB each',
    what: 'bytes, puts that wait, and those of clients that left',
    async open() {
      const bus = new TestBus({ isLate: true, bounds: { putBytesInFlight: 10_250 } });
      const { puts } = bus.hub;
      const stays = await bus.join([]);
      stays.link.keeps = true;
      let id = 0;
      const put = async (): Promise<void> => {
        stays.say({ put: { id: ++id, channels: ['room'] } }, '1');
        const leaves = await bus.join([]);
        leaves.say({ put: { id: 1, channels: ['room'] } }, '1');
        leaves.conversation.closed();
      };
      return {
        kept: () => ({
          bytes: puts.bytesInFlight.taken,
          waiting: puts.bytesInFlight.waiting,
          inFlight: puts.inFlight,
        }),
        fill: async () => {
          for (let i = 0; i < 20; i++) await put();
        },
        atBound: { bytes: 8 * 1_025, waiting: 1, inFlight: 8 },
        more: put,
        letGo: async () => {
          for (let i = 0; i < 100; i++) {
            bus.late.appendNext();
            bus.late.answerNext();
            await bus.settle();
          }
        },
      };
    },
  },
  {
    row: 'memory of all receipts that wait',
    what: 'receipts, their bytes, and witnesses of sessions that are there, away and back',
    async open() {
      const bus = new TestBus({ bounds: { receiptBytes: 100_000 } });
      const { receipts } = bus.hub;
      const admin = await bus.join([]);
      const interests = [{ id: 1, channels: times(10, (i) => `m${i}`) }];
      const [stays, leaves] = [
        await bus.join(interests, { acks: true }),
        await bus.join(interests, { acks: true }),
      ];
      let id = 0;
      const put = async (): Promise<void> => {
        const channels = times(10, (i) => `m${i}`);
        admin.say({ put: { id: ++id, channels, confirm: { timeoutMs: 60_000 } } }, '1');
        await bus.settle();
      };
      let away = leaves;
      const base = await (async () => {
        await put();
        const each = receipts.bytes;
        bus.clock.advance(60_000);
        await bus.settle();
        return Math.floor(75_000 / each);
      })();
      return {
        kept: () => ({
          pending: receipts.pending,
          bytes: receipts.bytes,
          open: receipts.open,
          away: receipts.away,
          owing: [stays, away].filter(({ conversation }) => conversation.session?.witnesses?.none === false)
            .length,
          timers: bus.clock.pending,
        }),
        fill: async () => {
          for (let i = 0; i < base; i++) await put();
          away.conversation.closed();
        },
        atBound: { pending: base, open: 2 * base, away: 1, owing: 1 },
        more: async () => {
          for (let i = 0; i < 5; i++) await put();
        },
        letGo: async () => {
          // Half of the time away, half of it back, and no word.
          bus.clock.advance(1_000);
          away = await bus.join(interests, { acks: true, client: leaves.id });
          bus.clock.advance(60_000);
          await bus.settle();
        },
      };
    },
  },
  {
    row: 'clients that lost their session, for receipts by name',
    what: 'clients and filters',
    open() {
      const clock = new ManualClock();
      const absences = new Absences(clock);
      const filters = [{ channels: times(99, (i) => `m${i}`), prefixes: [] }];
      let clients = 0;
      const lose = (): void => {
        const visitor = { session: '', client: `client ${++clients}`, address: '' };
        absences.left(new Requester(EVERYBODY, visitor, `user ${clients}`), filters);
      };
      return {
        kept: () => ({ weight: absences.weight, listed: absences.all.length * 100 }),
        fill: () => times(250, lose),
        atBound: { weight: 20_000, listed: 20_000 },
        letGo: () => {
          clock.advance(60_001);
          absences.pulse();
        },
      };
    },
  },
  {
    row: 'receipts kept for clients that were cut off',
    what: 'channels of answers',
    open() {
      const clock = new ManualClock();
      const { hub } = new TestBus();
      const { cohorts } = hub.fanout;
      const slicer = new TimeSlicer(() => {});
      const receipts = new Receipts(
        { clock, cohorts, slicer, refs: hub.refs, isOpen: () => true },
        1_000_000,
      );
      const channels = times(1_000, (i) => ({ channel: `m${i}`, offset: i + 1, sessions: 0 }));
      let users = 0;
      const answer = (): void => {
        const user = `user ${++users}`;
        const putKey = { client: user, id: 1, firstSentMs: undefined };
        const confirm = { timeoutMs: 1_000 };
        void receipts.confirm({ putKey, channels, again: false }, receipts.reserve(user, []), confirm);
      };
      return {
        kept: () => ({ channels: receipts.kept, pending: receipts.pending, timers: clock.pending }),
        fill: () => times(60, answer),
        atBound: { channels: 50_000, pending: 0, timers: 0 },
        letGo: () => {
          clock.advance(300_000);
          receipts.pulse();
        },
      };
    },
  },
  {
    row: 'filters of sessions that change in one turn of the event loop, and sessions that have to answer for puts of this turn',
    what: 'changes that wait, those of sessions that left among them',
    open() {
      let due: (() => void)[] = [];
      const changes = new Changes((action) => due.push(action), uncaught);
      let callOffs: (() => void)[] = [];
      let done = 0;
      return {
        kept: () => ({ waiting: changes.waiting, turns: due.length, done }),
        fill: () => {
          done = 0;
          changes.spend(FILTERS_A_TURN);
          callOffs = times(10, (i) => changes.wait(() => i % 2 === 0 && done++)).map(
            (each) => each ?? (() => {}),
          );
        },
        atBound: { waiting: 10, turns: 1, done: 0 },
        letGo: () => {
          for (const callOff of callOffs) callOff();
          const actions = due;
          due = [];
          for (const action of actions) action();
        },
      };
    },
  },
];
