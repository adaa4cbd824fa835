import type { UnitBug } from './unit-bug.ts';

const OBSERVING = 'server/src/core/observing';

/** What operators read. */
export const observingBugs: readonly UnitBug[] = [
  {
    name: 'kept count: refusals of a session are kept when it has ended',
    file: 'server/src/core/connections.ts',
    find: '    this.#refusals.delete(connection.id);\n',
    replace: '',
    caughtBy: ['test/unit/core/observing/sessions.test.ts'],
  },
  {
    name: "own channels: the server's channels are listed among those of users",
    file: `${OBSERVING}/channels.ts`,
    find: ' || isReserved(name) !== isOwn',
    replace: '',
    caughtBy: ['test/unit/core/observing/channels.test.ts'],
  },
  {
    name: 'busy by watching: what the server publishes for its operators counts as traffic',
    file: `${OBSERVING}/overview.ts`,
    find: 'bus.fanout.delivered - own.deliveries',
    replace: 'bus.fanout.delivered',
    caughtBy: ['test/unit/core/observing/stats.test.ts'],
  },
  {
    name: 'statistics for nobody: they are appended although no session is subscribed to them',
    file: `${OBSERVING}/stats.ts`,
    find: 'sessions === 0 || ',
    replace: '',
    caughtBy: ['test/unit/core/observing/stats.test.ts'],
  },
  {
    name: 'half a window: a rate of what memory has dropped in part is taken for one of ten seconds',
    file: `${OBSERVING}/recent-rate.ts`,
    find: 'before >= from || oldestMs === undefined',
    replace: 'true',
    caughtBy: ['test/unit/core/observing/channels.test.ts'],
  },
];
