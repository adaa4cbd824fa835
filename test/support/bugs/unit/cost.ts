import type { UnitBug } from './unit-bug.ts';

const CORE = 'server/src/core';
const HOT = 'server/src/core/log/hot';

/** In what keeps one client from costing everybody. */
export const costBugs: readonly UnitBug[] = [
  {
    name: 'lengths again: a loss raises its channel alone, not what its name begins with',
    file: 'shared/src/channels/prefix-tree.ts',
    find: 'this.parent?.raise(to);',
    replace: '',
    caughtBy: ['test/unit/shared/prefix-tree.test.ts', 'test/unit/log/searched.test.ts'],
  },
  {
    name: 'scans without bound: dropped offsets are counted for all interests, however many match each',
    file: `${HOT}/dropped.ts`,
    find: ' && count.scanned <= SCAN_MOST; place++',
    replace: '; place++',
    caughtBy: ['test/unit/log/searched.test.ts'],
  },
  {
    name: 'places for each change: a session takes its places anew with every subscription that ends',
    file: `${CORE}/session/session.ts`,
    find: 'this.#bus.fanout.changes.add(this);',
    replace: 'this.replace();',
    caughtBy: ['test/unit/core/changes.test.ts'],
  },
  {
    name: 'counted late: a put right behind subscribe does not find it',
    file: `${CORE}/fanout/cohorts.ts`,
    find: 'this.#changes.settleAll();\n    let sessions',
    replace: 'let sessions',
    caughtBy: ['test/unit/core/changes.test.ts'],
  },
  {
    name: 'order lost: the link is read while a change of filters waits',
    file: `${CORE}/pacing/request-source.ts`,
    find: 'this.#waiting.add(callOff);\n    this.hold();',
    replace: 'this.#waiting.add(callOff);',
    caughtBy: ['test/unit/core/changes.test.ts'],
  },
  {
    name: 'change after the end: what waited is done on a connection that is gone',
    file: `${CORE}/pacing/request-source.ts`,
    find: 'for (const callOff of this.#waiting ?? []) callOff();',
    replace: '',
    caughtBy: ['test/unit/core/changes.test.ts'],
  },
  {
    name: 'history goes on: a replay that is under way outlives its grant',
    file: `${CORE}/subscribing/subscriber.ts`,
    find: 'this.#session.withhold(',
    replace: 'void (',
    caughtBy: ['test/unit/core/withheld.test.ts'],
  },
  {
    name: 'answered before: a read that was under way when the grant ended is still given',
    file: `${CORE}/session/session.ts`,
    find: 'this.#unread();\n    this.roomAgain();',
    replace: 'this.roomAgain();',
    caughtBy: ['test/unit/core/withheld.test.ts'],
  },
  {
    name: 'cried gap: a subscription that loses nothing by what is withheld receives a gap',
    file: `${CORE}/session/replaying.ts`,
    find: 'if (isLost)\n        writer.reportGaps',
    replace: 'writer.reportGaps',
    caughtBy: ['test/unit/core/withheld.test.ts'],
  },
  {
    name: 'free scans: a client from before the window does not pay for the search of its losses',
    file: `${CORE}/session/replays.ts`,
    find: 'bucket.take(entries);',
    replace: '',
    caughtBy: ['test/unit/core/lost-search.test.ts'],
  },
  {
    name: 'a new connection, a new pace: what a session had too much of history ends with it',
    file: `${CORE}/session/replays.ts`,
    find: 'this.#debts.leave(session.rateKey, pace.end());',
    replace: '',
    caughtBy: ['test/unit/core/lost-search.test.ts'],
  },
  {
    name: 'all in one turn: fan-out gathers a put whole, however many channels and sessions it has',
    file: `${CORE}/fanout/fanout.ts`,
    find: 'this.#gathered < this.#gatheredMost) {',
    replace: 'true) {',
    caughtBy: ['test/unit/core/gathering.test.ts'],
  },
  {
    name: 'lost and delivered: a read reports as lost what fan-out still has to give',
    file: `${CORE}/fanout/fanout.ts`,
    find: 'if (this.#waiting.length > 0 && this.#log.droppedUpTo > this.#head) this.catchUp();',
    replace: '',
    caughtBy: ['test/unit/core/gathering.test.ts'],
  },
  {
    name: 'counted again: the sessions of a prefix are counted for each channel of a put',
    file: `${CORE}/fanout/cohorts.ts`,
    find: 'if (known?.version === this.#version) return known.count;',
    replace: '',
    caughtBy: ['test/unit/core/gathering.test.ts'],
  },
  {
    name: 'counted once for ever: a session that leaves still counts for its prefix',
    file: `${CORE}/fanout/cohorts.ts`,
    find: 'cohort.sessions.delete(member);\n    this.#version++;',
    replace: 'cohort.sessions.delete(member);',
    caughtBy: ['test/unit/core/gathering.test.ts'],
  },
  {
    name: 'no turn for receipts: puts that ask who got them do not wait for one another',
    file: `${CORE}/receipts/recipients.ts`,
    find: 'cohorts.spend(scanned);',
    replace: '',
    caughtBy: ['test/unit/core/gathering.test.ts'],
  },
  {
    name: 'a million places: who has to answer is looked up for a put that is refused for it then',
    file: `${CORE}/receipts/recipients.ts`,
    find: 'if (Math.max(places, named) > PLACES_MOST) return undefined;',
    replace: '',
    caughtBy: ['test/unit/core/gathering.test.ts'],
  },
];
