import type { UnitBug } from './unit-bug.ts';

const DISK = 'server/src/logs/disk';
const TESTS = 'test/unit/logs/disk';
const META = [`${TESTS}/identity/meta.test.ts`];
const OFFSETS = [...META, `${TESTS}/identity/offsets.test.ts`];
const VERDICT = [`${TESTS}/identity/verdict.test.ts`, 'test/contract/directory-faults.test.ts'];
const LOCK = [`${TESTS}/identity/node-lock.test.ts`];

/** Which log a directory holds, for which process, and its files. */
export const diskIdentityBugs: readonly UnitBug[] = [
  {
    name: 'a lease on trust: what the log says of itself is not synced',
    file: `${DISK}/identity/meta.ts`,
    find: '    await this.#file.sync();\n',
    replace: '',
    caughtBy: OFFSETS,
  },
  {
    name: 'spent before it is paid: a lease counts before it is safe',
    file: `${DISK}/identity/lease.ts`,
    find: '    await this.#raise(upTo);\n    this.#upTo = upTo;\n',
    replace: '    this.#upTo = upTo;\n    await this.#raise(upTo);\n',
    caughtBy: [`${TESTS}/identity/lease.test.ts`, `${TESTS}/identity/offsets.test.ts`],
  },
  {
    name: 'without a limit: a lease may be raised by more than a slot that cannot be read is taken for',
    file: `${DISK}/identity/lease.ts`,
    find: ', this.#upTo + LEASE_MOST)',
    replace: ', Number.POSITIVE_INFINITY)',
    caughtBy: [`${TESTS}/identity/lease.test.ts`],
  },
  {
    name: 'all in one basket: each change of meta goes into the newest slot',
    file: `${DISK}/identity/meta.ts`,
    find: 'const slot = this.#slot === 0 ? 1 : 0;',
    replace: 'const slot = this.#slot;',
    caughtBy: META,
  },
  {
    name: 'half a start: one slot of meta still says what was before',
    file: `${DISK}/identity/meta.ts`,
    find: '      await meta.write({});\n      await meta.write({});\n',
    replace: '      await meta.write({});\n',
    caughtBy: OFFSETS,
  },
  {
    name: 'the one that can be read: a damaged slot of meta is forgotten',
    file: `${DISK}/identity/meta.ts`,
    find: 'isOneBad ? LEASE_MOST : 0',
    replace: '0',
    caughtBy: OFFSETS,
  },
  {
    name: 'back to the old version: a slot of a newer one is taken for damage',
    file: `${DISK}/identity/meta.ts`,
    find: "if (one.kind === 'newer') return one;",
    replace: 'void one;',
    caughtBy: [...META, 'test/contract/directory-faults.test.ts'],
  },
  {
    name: 'two of one epoch: a copy of a directory is taken for the original',
    file: `${DISK}/identity/verdict.ts`,
    find: 'if (!isItsFile &&',
    replace: 'if (false &&',
    caughtBy: VERDICT,
  },
  {
    name: 'as if nothing had happened: a log goes on behind its last entry after a power loss',
    file: `${DISK}/identity/verdict.ts`,
    find: 'isSameBoot(meta.bootId, bootId) ?',
    replace: 'true ?',
    caughtBy: VERDICT,
  },
  {
    name: 'the second takes it all: a lock that was left behind is removed with what is in it by then',
    file: `${DISK}/identity/node-lock.ts`,
    find: 'await ignoring(unlink(join(lock, name)));',
    replace: "await import('node:fs/promises').then((fs) => fs.rm(lock, { recursive: true, force: true }));",
    caughtBy: LOCK,
  },
  {
    name: 'a number given again: a file is closed while it is written',
    file: `${DISK}/files/node-file.ts`,
    find: 'if (this.#underWay > 0)',
    replace: 'if (this.#underWay < 0)',
    caughtBy: ['test/contract/node-files.test.ts'],
  },
  {
    name: 'for ever young: segments of a time to come begin to age one after the other',
    file: `${DISK}/retention/retention.ts`,
    find: 'for (const segment of parts.segments.view.segments) parts.ages.see(segment);',
    replace: '',
    caughtBy: ['test/contract/directory-faults.test.ts'],
  },
];
