import { LIMITS } from '@zerospan/shared';
import { Tail } from '../../../server/src/core/log/tail.ts';
import { Window } from '../../../server/src/core/session/window.ts';
import { MemoryLog } from '../../../server/src/logs/memory/index.ts';
import { type BoundCase, times } from '../../support/bound-case.ts';
import { type FakeClient, TestBus } from '../../support/core.ts';
import { ALL, grants, TestGate } from '../../support/grants.ts';
import { ManualClock } from '../../support/manual-clock.ts';

/** What one session, or all sessions of one user, may have. */
export const sessionBounds: readonly BoundCase[] = [
  {
    row: 'connections of one subject',
    what: 'connections, by what opened them, and the timers of their tokens',
    open() {
      const gate = new TestGate();
      const bus = new TestBus({ gate, bounds: { connectionsPerUser: 3, resumeWindowMs: 0 } });
      const { hub, clock } = bus;
      let clients: FakeClient[] = [];
      const join = async (): Promise<void> => {
        // Soon over: each has a timer of its own.
        const expiresMs = clock.now() + 5_000;
        const all = { subscribe: ALL, put: ALL };
        gate.tokens.set('token', { subject: 'alice', token: 'jti', grants: grants(all), expiresMs });
        const client = await bus.join([{ id: 1, channels: ['room'] }], { token: 'token' });
        clients.push(client);
        if (client.link.closedWith !== undefined) client.conversation.closed();
      };
      return {
        kept: () => ({
          connections: hub.connections.size,
          ofAlice: hub.connections.subjects.count('alice'),
          subjects: hub.connections.subjects.size,
          tokens: hub.connections.tokens.size,
          clients: hub.clients.size,
          cohorts: hub.fanout.cohorts.count,
          filters: hub.filters.total,
          timers: clock.pending,
        }),
        fill: async () => {
          for (let i = 0; i < 3; i++) await join();
        },
        atBound: { connections: 3, ofAlice: 3, subjects: 1, tokens: 1, clients: 3, cohorts: 1, filters: 3 },
        more: async () => {
          for (let i = 0; i < 3; i++) await join();
        },
        letGo: async () => {
          for (const { conversation } of clients) conversation.closed();
          clients = [];
          await bus.settle();
        },
      };
    },
  },
  {
    row: 'filters of all sessions of one user',
    what: 'filters, users, and the cohorts of their sessions',
    async open() {
      const gate = new TestGate().knows('alice', 'alice', { subscribe: ALL });
      const bus = new TestBus({ gate, bounds: { filtersPerUser: 100 } });
      let clients: FakeClient[] = [];
      return {
        kept: () => ({
          filters: bus.hub.filters.total,
          users: bus.hub.filters.users,
          cohorts: bus.hub.fanout.cohorts.count,
        }),
        fill: async () => {
          for (let s = 0; s < 2; s++)
            clients.push(
              await bus.join([{ id: 1, channels: times(50, (i) => `m${s} ${i}`.replace(' ', '-')) }], {
                token: 'alice',
              }),
            );
        },
        atBound: { filters: 100, users: 1, cohorts: 2 },
        more: () => clients[0]?.say({ subscribe: { id: 2, channels: ['one-more'] } }),
        letGo: async () => {
          for (const { conversation } of clients) conversation.closed();
          clients = [];
          await bus.settle();
        },
      };
    },
  },
  {
    row: 'puts and changes of filters of one session',
    what: 'a hold of the socket, and its timer',
    async open() {
      const bus = new TestBus({ bounds: { putsPerS: 10, putBurst: 20 } });
      const client = await bus.join([]);
      client.link.keeps = true;
      let id = 0;
      const put = (): void => client.say({ put: { id: ++id, channels: ['room'] } }, '1');
      const timers = bus.clock.pending;
      const taken = (): number => bus.log.head;
      let before = 0;
      return {
        kept: () => ({
          taken: taken() - before,
          isHeld: Number(client.link.held),
          timers: bus.clock.pending,
        }),
        fill: async () => {
          times(21, put);
          await bus.settle();
        },
        // One takes it below nothing.
        atBound: { taken: 21, isHeld: 1, timers: timers + 1 },
        more: async () => {
          times(10, put);
          await bus.settle();
        },
        letGo: async () => {
          for (let i = 0; i < 10; i++) {
            bus.clock.advance(1_000);
            await bus.settle();
          }
          before = taken();
        },
      };
    },
  },
  {
    row: 'what a client that acks has not acknowledged',
    what: 'room of the window, also after acks of more than was sent',
    open() {
      const window = new Window(LIMITS.windowBytes, 0);
      let sent = 0;
      const send = (bytes: number): void => {
        window.sent(bytes);
        sent += bytes;
      };
      return {
        kept: () => ({ isFull: Number(!window.hasRoom), isOutstanding: Number(window.outstanding) }),
        fill: () => send(LIMITS.windowBytes),
        atBound: { isFull: 1, isOutstanding: 1 },
        more: () => send(1),
        letGo: () => window.acked(0, 2 * sent + LIMITS.windowBytes),
      };
    },
  },
  {
    row: 'replays that a session asked for',
    what: 'replays that run, their cohorts and filters',
    async open() {
      const bus = new TestBus({ bounds: { replays: 2 } });
      for (let i = 0; i < 20; i++) await bus.put('room');
      const client = await bus.join([{ id: 1, channels: ['live'] }]);
      const ask = (id: number): void =>
        client.say({
          subscribe: { id, channels: ['room'], replay: { since: { epoch: 'epoch-1', offset: 0 } } },
        });
      const { hub } = bus;
      return {
        kept: () => ({
          running: hub.replays.counts(client.conversation.session?.subscriptions ?? []).running,
          cohorts: hub.fanout.cohorts.count,
          filters: hub.filters.total,
          catchingUp: hub.catchUp.waiting,
        }),
        fill: async () => {
          client.link.hasRoom = false;
          for (let id = 2; id <= 5; id++) ask(id);
          await bus.settle();
        },
        atBound: { running: 2 },
        more: async () => {
          ask(6);
          await bus.settle();
        },
        letGo: async () => {
          client.room();
          await bus.settle();
          for (let id = 2; id <= 6; id++) client.say({ unsubscribe: { id } });
          await bus.settle();
        },
      };
    },
  },
  {
    row: 'tail',
    what: 'entries at hand',
    open() {
      const log = new MemoryLog({ clock: new ManualClock(), bytes: 1e8, lastBytes: 0, ageMs: 0 });
      const tail = new Tail({ entries: 8, bytes: 1e9 }, 0);
      log.follow((entry) => tail.push(entry));
      const push = (): unknown =>
        log.append({ channels: ['room'], payload: Buffer.from('1'), republish: true });
      const covered = (): number => {
        let from = 0;
        while (!tail.covers(from)) from++;
        const interests = [{ filter: { channels: [], prefixes: [''] }, after: from }];
        return tail.read({ after: from, interests, scan: 1_000, bytes: 1e9 }).entries.length;
      };
      return { kept: () => ({ entries: covered() }), fill: () => times(20, push), atBound: { entries: 8 } };
    },
  },
];
