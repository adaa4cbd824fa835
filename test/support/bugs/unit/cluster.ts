import type { UnitBug } from './unit-bug.ts';

const CLUSTER = 'server/src/core/cluster';
const REVOCATIONS = 'server/src/cluster/nats/revocations';
const ROSTER_TESTS = ['test/unit/core/cluster/roster.test.ts'];
const REVOCATION_TESTS = ['test/unit/cluster/revocations.test.ts'];

/** Nodes of one bus. */
export const clusterBugs: readonly UnitBug[] = [
  {
    name: 'still there: a node that is not heard any more counts on',
    file: `${CLUSTER}/nodes.ts`,
    find: 'else if (silentMs >= NODE_MS.away) this.#left(id, other);',
    replace: '',
    caughtBy: ['test/unit/core/cluster/nodes.test.ts'],
  },
  {
    name: 'after you: two nodes end each other’s session of one client',
    file: `${CLUSTER}/roster/roster.ts`,
    find: 'return oneNode > otherNode;',
    replace: 'return oneNode !== otherNode;',
    caughtBy: ROSTER_TESTS,
  },
  {
    name: 'by my watch: the later hello is the one of the node whose clock is fast',
    file: `${CLUSTER}/roster/roster.ts`,
    find: 'Math.max(this.#parts.clock.now(), this.#stamp + 1)',
    replace: 'this.#parts.clock.now()',
    caughtBy: ROSTER_TESTS,
  },
  {
    name: 'what was that: a message of another node that was lost is not asked for',
    file: `${CLUSTER}/roster/other-roster.ts`,
    find: 'if (this.#number !== undefined && number === this.#number + 1) this.#number = number;',
    replace: 'if (this.#number !== undefined) this.#number = number;',
    caughtBy: ROSTER_TESTS,
  },
  {
    name: 'to each its own: connections on other nodes do not count',
    file: 'server/src/core/access/connection-index.ts',
    find: ' + (this.#others?.countOf(name) ?? 0)',
    replace: '',
    caughtBy: ['test/unit/core/cluster/connections.test.ts', 'test/unit/cluster/source-names.test.ts'],
  },
  {
    name: 'heard and forgotten: what another node revokes closes nothing',
    file: 'server/src/auth/revocations/revoked.ts',
    find: 'if (!isKnown) this.#notify(what);',
    replace: '',
    caughtBy: REVOCATION_TESTS,
  },
  {
    name: 'blind and merry: a node that hears nothing lets everybody stay',
    file: `${REVOCATIONS}/blindness.ts`,
    find: 'const isBlind = this.#mostMs !== undefined && silentMs >= this.#mostMs;',
    replace: 'const isBlind = this.#mostMs !== undefined && silentMs < 0;',
    caughtBy: REVOCATION_TESTS,
  },
  {
    name: 'said once: a stream that has lost revocations is not given them again',
    file: `${REVOCATIONS}/reader.ts`,
    find: 'if (!isFirst) this.#listener.begins();',
    replace: '',
    caughtBy: REVOCATION_TESTS,
  },
  {
    name: 'as the server said: who lags is taken at its word that there is nothing',
    file: `${REVOCATIONS}/reader.ts`,
    find: 'if (next && next.sequence <= last) this.#take(next);',
    replace: 'if (next && next.sequence < 0) this.#take(next);',
    caughtBy: REVOCATION_TESTS,
  },
];
