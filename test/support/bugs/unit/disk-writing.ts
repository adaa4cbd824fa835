import type { UnitBug } from './unit-bug.ts';

const OPENING = 'server/src/logs/disk/opening';
const WRITING = 'server/src/logs/disk/writing';
const APPENDING = 'test/unit/logs/disk/writing/appending.test.ts';
const CLOSING = 'test/unit/logs/disk/closing.test.ts';
const FAILING = 'test/unit/logs/disk/writing/failing.test.ts';
const POWER_LOSS = 'test/unit/logs/disk/power-loss/power-loss.test.ts';
const DAMAGE = 'test/unit/logs/disk/opening/damage.test.ts';

/** Writing a log on disk, and opening it. */
export const diskWritingBugs: readonly UnitBug[] = [
  {
    name: 'seen before it is written: a record is handed over while its write is under way',
    file: `${WRITING}/writer.ts`,
    find: 'await segment.write(pack);',
    replace: 'const writing = segment.write(pack); writing.catch(() => undefined);',
    caughtBy: [APPENDING, POWER_LOSS],
  },
  {
    name: 'accepted before a sync: an answer does not wait for it',
    file: `${WRITING}/appending.ts`,
    find: "const isSyncedFirst = this.#parts.mode === 'group';",
    replace: 'const isSyncedFirst = false;',
    caughtBy: [APPENDING, POWER_LOSS],
  },
  {
    name: 'accepted by the sync before: one that is under way counts for what is written meanwhile',
    file: `${WRITING}/syncer.ts`,
    find: 'this.upTo = upTo;\n    synced(upTo);',
    replace: 'this.upTo = this.#writtenUpTo;\n    synced(this.#writtenUpTo);',
    caughtBy: [APPENDING, POWER_LOSS],
  },
  {
    name: 'answered before it is seen: the answer to a pack comes first',
    file: `${WRITING}/appending.ts`,
    find: 'const reported = this.#outcomes.written(written);\n    if (!isSyncedFirst) void this.#outcomes.appended(written);',
    replace:
      'if (!isSyncedFirst) void this.#outcomes.appended(written);\n    const reported = this.#outcomes.written(written);',
    caughtBy: ['test/contract/disk-store.test.ts', POWER_LOSS],
  },
  {
    name: 'a name that is not synced: the directory is not, when a segment is begun',
    file: `${WRITING}/rolling.ts`,
    find: 'syncer.named();',
    replace: '',
    caughtBy: [POWER_LOSS],
  },
  {
    name: 'above the lease: offsets are given before that is safe',
    file: `${WRITING}/appending.ts`,
    find: 'await this.#lease.reach(last);',
    replace: '',
    caughtBy: [APPENDING],
  },
  {
    name: 'torn tail accepted: after a power loss the log goes on where its last whole pack ends',
    file: `${OPENING}/opening.ts`,
    find: "verdict.kind === 'same-boot' && tail !== 'bad'",
    replace: "(verdict.kind === 'same-boot' || tail !== 'bad')",
    caughtBy: [POWER_LOSS],
  },
  {
    name: 'bad tail accepted: the same process start goes on where damage begins',
    file: `${OPENING}/opening.ts`,
    find: "verdict.kind === 'same-boot' && tail !== 'bad'",
    replace: "verdict.kind === 'same-boot'",
    caughtBy: [DAMAGE],
  },
  {
    name: 'synced pack cut as torn: the log ends at the first damage, wherever that is',
    file: `${OPENING}/survey.ts`,
    find: 'if (from > this.#syncedUpTo) {',
    replace: 'if (from > 0) {',
    caughtBy: [DAMAGE],
  },
  {
    name: 'a damaged pack is taken for a whole one',
    file: `${OPENING}/scanning.ts`,
    find: "return isWhole(bytes, header) ? { at, header, bytes } : 'bad';",
    replace: 'return { at, header, bytes };',
    caughtBy: [POWER_LOSS, DAMAGE],
  },
  {
    name: 'a length that is damaged makes the last pack one that was not written whole',
    file: `${OPENING}/scanning.ts`,
    find: "return isWhole(bytes, { ...header, bytes: bytes.length }) ? 'bad' : 'short';",
    replace: "return 'short';",
    caughtBy: [DAMAGE],
  },
  {
    name: 'trusted by its end: a footer that reached the disk before the packs speaks for them',
    file: `${OPENING}/survey.ts`,
    find: 'return last <= syncedUpTo && entries === last - before;',
    replace: 'return entries === last - before;',
    caughtBy: ['test/unit/logs/disk/opening/survey.test.ts'],
  },
  {
    name: 'a put that was lost counts as one that never came',
    file: `${OPENING}/opening.ts`,
    find: 'course.isTorn ? Math.max(nowMs, time) : 0',
    replace: '0',
    caughtBy: [POWER_LOSS],
  },
  {
    name: 'put keys of sealed segments are not restored',
    file: `${OPENING}/put-keys.ts`,
    find: 'if (keys) newest.take(keys);',
    replace: 'if (keys) void keys;',
    caughtBy: [POWER_LOSS],
  },
  {
    name: 'the older of two puts that have one key is the one that a start finds',
    file: `${OPENING}/put-table.ts`,
    find: 'of runs.toReversed()',
    replace: 'of runs',
    caughtBy: ['test/unit/logs/disk/opening/put-table.test.ts'],
  },
  {
    name: 'what a kill left unsynced stays unsynced, and is taken for synced',
    file: `${OPENING}/repair.ts`,
    find: '      await file.sync();\n      return trailer &&',
    replace: '      return trailer &&',
    caughtBy: [POWER_LOSS],
  },
  {
    name: 'losses are refused with the puts while the disk is full',
    file: `${WRITING}/appending.ts`,
    find: "return this.isFull && kind === 'put' ? full() : undefined;",
    replace: 'return this.isFull ? full() : undefined;',
    caughtBy: [FAILING],
  },
  {
    name: 'what was written in part stays, and may come back after a power loss',
    file: `${WRITING}/appending.ts`,
    find: 'await active.cut();',
    replace: '',
    caughtBy: [FAILING],
  },
  {
    name: 'a failed sync is tried again',
    file: `${WRITING}/syncer.ts`,
    find: 'this.#parts.failed(error);\n        return;',
    replace: 'this.#failure = undefined;\n        this.#isDue = true;',
    caughtBy: [FAILING],
  },
  {
    name: 'clean at once: a log that is closed counts as synced before it is',
    file: `${WRITING}/appending.ts`,
    find: '    await this.#syncer.sync();\n    const { offset: cleanHead }',
    replace: '    const { offset: cleanHead }',
    caughtBy: [CLOSING],
  },
  {
    name: 'closed in the middle: a log does not wait for the reads that are under way',
    file: 'server/src/logs/disk/open-log.ts',
    find: 'await Promise.allSettled(this.#reads);',
    replace: '',
    caughtBy: [CLOSING],
  },
  {
    name: 'closed and read: who reads later opens files that nobody closes',
    file: 'server/src/logs/disk/open-log.ts',
    find: "if (this.#isClosed) return Promise.reject(new Error('The log is closed.'));",
    replace: '',
    caughtBy: [CLOSING],
  },
];
