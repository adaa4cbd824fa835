import { unionOf } from '@zerospan/shared';
import { ReadTimeout } from '../../../server/src/core/session/behind/log-reads.ts';
import { Account } from './account.ts';
import { Dues } from './due.ts';
import { checkPuts } from './puts.ts';
import { keyOf, same } from './same.ts';
import type { World } from './world.ts';

/** When everything has come to rest: everybody is live, at the head, and the server knows what the clients know. */
export function checkRest({ server, clients }: World): void {
  const { hub, log } = server;
  // Time passes for a log that is late as well.
  const unlike = server.failures.filter((failure) => !(failure instanceof ReadTimeout));
  same(unlike, [], 'failures');
  same(hub.fanout.head, log.head, 'head of fan-out');
  const open = clients.filter(({ isClosed }) => !isClosed);
  const sessions = open.map(({ subscribers, wire }) => {
    wire?.tap.checkAllAcknowledged();
    const session = wire?.conversation?.session;
    same([session?.standing, session?.cursor], ['live', log.head], 'session');
    const known = [...(session?.subscriptions ?? [])];
    same(known.filter(({ replay }) => replay).length, 0, 'subscriptions that still replay');
    const live = subscribers.flatMap(({ asked, closedAt }) => (closedAt ? [] : asked));
    const sets = live.map(({ set, narrowed }) => narrowed.at(-1)?.set ?? set);
    same(unionOf(known.map(({ filter }) => filter)), unionOf(sets), 'filters of the session');
    return JSON.stringify(unionOf(sets));
  });
  same(hub.connections.size, open.length, 'connections');
  same(hub.fanout.cohorts.count, new Set(sessions).size, 'cohorts');
  for (const { errors, faults } of clients) same([...errors.map(String), ...faults], [], 'faults');
}

/** When all is closed nothing is left over. */
export function checkEnd({ server, servers, clients, clock }: World): void {
  for (const { bus } of clients) same(bus.state, 'closed', 'state of a bus');
  same(server.hub.connections.size, 0, 'connections');
  same(server.hub.fanout.cohorts.count, 0, 'cohorts');
  for (const { hub } of servers) void hub.stop();
  same(clock.pending, 0, 'timers');
}

/** Everything that was handed over, reported as a gap and answered, against everything that was ever appended. */
export function checkLedger(world: World, held: ReadonlySet<number>): void {
  const lines = world.ledger;
  const ledger = new Map(lines.map((line) => [keyOf(line), line]));
  for (const client of world.clients) {
    const dues = new Dues(world, client, held);
    for (const subscriber of client.subscribers)
      new Account(world, lines, dues, client, subscriber).check(ledger, held);
  }
  checkPuts(world);
  world.edges.reached('publications', ledger.size);
  for (const { hub } of world.servers) world.edges.reached('written live', hub.fanout.delivered);
}
