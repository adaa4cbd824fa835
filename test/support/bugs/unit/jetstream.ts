import type { UnitBug } from './unit-bug.ts';

const LOG = 'server/src/logs/jetstream';
const TESTS = 'test/unit/logs/jetstream';
const PUBLISHING = [`${TESTS}/publishing.test.ts`];
const TWICE = [`${TESTS}/twice.test.ts`];
const BACK = [`${TESTS}/going-back.test.ts`];
const DAMAGED = [`${TESTS}/damaged.test.ts`];
const OFFLINE = [`${TESTS}/offline.test.ts`];
const FENCES = [`${TESTS}/fences.test.ts`];
const FOLLOWING = [`${TESTS}/following.test.ts`];
const AWAY = [`${TESTS}/away.test.ts`];

/** The log on a stream of NATS. */
export const jetstreamBugs: readonly UnitBug[] = [
  {
    name: 'shout until heard: a pack is published again without a look whether the stream has it',
    file: `${LOG}/publishing/publisher.ts`,
    find: "if (last !== 'away' && last?.id === id)",
    replace: "if (last !== 'away' && last?.id === '')",
    caughtBy: PUBLISHING,
  },
  {
    name: 'a no is a no: a refusal counts, whatever became of the tries before',
    file: `${LOG}/publishing/publisher.ts`,
    find: "if (outcome.kind === 'refused' && tries > 0) return { kind: 'given-up' };",
    replace: '',
    caughtBy: PUBLISHING,
  },
  {
    name: 'never give up: a pack is tried for ever',
    file: `${LOG}/publishing/publisher.ts`,
    find: '>= TIMES.awayMs) return',
    replace: '>= Number.MAX_VALUE) return',
    caughtBy: PUBLISHING,
  },
  {
    name: 'welcome back: what was given up is answered when it comes',
    file: `${LOG}/publishing/publisher.ts`,
    find: 'this.#parts.unknown(this.own.take(number) ?? []);',
    replace: 'this.#parts.unknown([]);',
    caughtBy: PUBLISHING,
  },
  {
    name: 'asleep, so deaf: the silence of the servers is read from a clock, which goes on where the process does not',
    file: `${LOG}/publishing/trouble.ts`,
    find: 'this.#become(this.#why, this.#ticks + 1);',
    replace: 'this.#become(this.#why, Math.floor(this.silentMs / TIMES.tickMs));',
    caughtBy: AWAY,
  },
  {
    name: 'twice is twice: a pack that came before counts again',
    file: `${LOG}/following/twice.ts`,
    find: 'if (number <= last) {',
    replace: 'if (number < 0) {',
    caughtBy: TWICE,
  },
  {
    name: 'each its own key: a key is new to the node that put it',
    file: `${LOG}/following/key-window.ts`,
    find: 'const before = this.#byKey.get(name);',
    replace: "const before = name === '' ? this.#byKey.get(name) : undefined;",
    caughtBy: TWICE,
  },
  {
    name: 'forgotten at the second: a key ages from when it came first',
    file: `${LOG}/following/key-window.ts`,
    find: 'seen.lastMs = time;',
    replace: '',
    caughtBy: TWICE,
  },
  {
    name: 'same is same: whatever comes under a known key is answered',
    file: `${LOG}/following/arrivals.ts`,
    find: 'isSame: key.fingerprint === first.key.fingerprint',
    replace: 'isSame: true',
    caughtBy: TWICE,
  },
  {
    name: 'the old guard: what was read under a claim counts, although another node has claimed the source since',
    file: `${LOG}/following/fences.ts`,
    find: 'return sequence > standing.since && sequence <= standing.upTo;',
    replace: 'return sequence > standing.since;',
    caughtBy: FENCES,
  },
  {
    name: 'nobody claimed it: an epoch’s record is written again without its claims',
    file: `${LOG}/epoch/record.ts`,
    find: 'begins: beginsOf(record), claims };',
    replace: 'begins: beginsOf(record), claims: { from: null, all: [] } };',
    caughtBy: FENCES,
  },
  {
    name: 'still mine: a lease ends when somebody says so, not when its time is over',
    file: 'server/src/cluster/nats/bucket-lease.ts',
    find: 'return !this.#isOver && this.#clock.elapsed() < this.#untilMs;',
    replace: 'return !this.#isOver && this.#isTaken;',
    caughtBy: ['test/unit/cluster/bucket-lease.test.ts', 'test/unit/cluster/source-names.test.ts'],
  },
  {
    name: 'counted from the answer: a lease is held for longer than its key',
    file: 'server/src/cluster/nats/bucket-lease.ts',
    find: 'const HELD_MS = LEASE_MS - 500;',
    replace: 'const HELD_MS = LEASE_MS + 500;',
    caughtBy: ['test/unit/cluster/bucket-lease.test.ts', 'test/contract/source-leases.test.ts'],
  },
  {
    name: 'the same river: a stream that went back is taken for the same',
    file: `${LOG}/following/head-check.ts`,
    find: 'if (message) return message.time === mark.time && message.id === mark.id;',
    replace: 'if (message) return true;',
    caughtBy: BACK,
  },
  {
    name: 'another river: a stream made again is taken for the same',
    file: `${LOG}/following/head-check.ts`,
    find: 'info.created !== head.created || info.last < head.sequence',
    replace: 'info.last < 0',
    caughtBy: BACK,
  },
  {
    name: 'eyes front: only the head is compared, not what was seen a second before',
    file: `${LOG}/following/incoming.ts`,
    find: 'earlier: mark && { sequence, mark }',
    replace: 'earlier: undefined',
    caughtBy: BACK,
  },
  {
    name: 'nobody asked them: what a pack says that its writer had seen is not compared',
    file: `${LOG}/following/rewinds.ts`,
    find: 'return seen.sequence >= sequence || (sum !== undefined && sum !== seen.crc);',
    replace: 'return false;',
    caughtBy: BACK,
  },
  {
    name: 'the old name: an epoch that was agreed on later is not taken',
    file: `${LOG}/open-log.ts`,
    find: 'found && found.generation > generation',
    replace: 'found && found.generation > 1e9',
    caughtBy: BACK,
  },
  {
    name: 'read to the end: the record of the epoch is dropped with what is old',
    file: `${LOG}/epoch/refreshing.ts`,
    find: 'bytesSinceRecord * 2 >= bytes',
    replace: 'bytesSinceRecord < 0',
    caughtBy: FOLLOWING,
  },
  {
    name: 'back in time: stamps of servers are taken as they come',
    file: `${LOG}/following/stamps.ts`,
    find: 'return this.#newest;',
    replace: 'return stamp;',
    caughtBy: FOLLOWING,
  },
  {
    name: 'mind no gap: who follows is given nothing for what is missing',
    file: `${LOG}/following/incoming.ts`,
    find: "this.#lose(from, upTo, stamp, 'missing');",
    replace: '',
    caughtBy: DAMAGED,
  },
  {
    name: 'nothing to see here: what nobody can read is left out of what is read later',
    file: `${LOG}/reading/scanning.ts`,
    find: "return this.#lose(sequence, sequence, { end: sequence, time: this.#timeOf(message) }, 'damaged');",
    replace: 'return true;',
    caughtBy: DAMAGED,
  },
  {
    name: 'room for one more: lines are imported into a stream that has entries',
    file: `${LOG}/offline/import.ts`,
    find: 'if (isOther || messages.length === 0)',
    replace: 'if (messages.length === 0)',
    caughtBy: OFFLINE,
  },
  {
    name: 'what is not there: an export says nothing of messages that are missing',
    file: `${LOG}/offline/export.ts`,
    find: 'if (message.sequence > next) exported.lost(next, message.sequence - 1);',
    replace: '',
    caughtBy: OFFLINE,
  },
  {
    name: 'not my offset: a position above the head is nobody’s',
    file: `${LOG}/reading/reading.ts`,
    find: 'while (last >= sequence && view().last < sequence && clock.elapsed() < untilMs) await next();',
    replace: '',
    caughtBy: FOLLOWING,
  },
  {
    name: 'a position is invented where nobody answers whether it was given',
    file: `${LOG}/reading/reading.ts`,
    find: 'this.#caughtUp(sequenceOf(offset), untilMs).finally(cancel).then(resolve, reject);',
    replace: 'this.#caughtUp(sequenceOf(offset), untilMs).finally(cancel).then(resolve, () => resolve());',
    caughtBy: FOLLOWING,
  },
];
