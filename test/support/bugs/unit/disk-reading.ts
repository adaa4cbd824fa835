import type { UnitBug } from './unit-bug.ts';

const READING = 'server/src/logs/disk/reading';
const RETENTION = 'server/src/logs/disk/retention';
const SEGMENTS = 'server/src/logs/disk/segments';
const SCANS = 'test/unit/logs/disk/reading/reading.test.ts';
const DAMAGED = 'test/unit/logs/disk/reading/damaged.test.ts';
const PACKS = 'test/unit/logs/disk/reading/packs.test.ts';
const DROPPING = 'test/unit/logs/disk/retention/retention.test.ts';

/** Reading a log on disk, and dropping its oldest segments. */
export const diskReadingBugs: readonly UnitBug[] = [
  {
    name: 'a damaged pack is read: its check sum is not checked',
    file: `${READING}/packs.ts`,
    find: 'return isIt && isWhole(bytes, header)',
    replace: 'return isIt',
    caughtBy: [DAMAGED],
  },
  {
    name: 'a hole that nobody reports: what is damaged is left out in silence',
    file: `${READING}/dropped-answers.ts`,
    find: 'if (hole) tally.add(hole.from, hole.to, null);',
    replace: '',
    caughtBy: [DAMAGED],
  },
  {
    name: 'forgotten in silence: what is not remembered counts as nothing',
    file: `${READING}/dropped-answers.ts`,
    find: 'if (from < forgottenUpTo) tally.unknown(forgottenUpTo);',
    replace: '',
    caughtBy: [DROPPING],
  },
  {
    name: 'given and reported: a last publication that is kept counts as lost',
    file: `${READING}/dropped-answers.ts`,
    find: 'if (kept !== undefined && kept > from) {',
    replace: 'if (kept !== undefined && kept < from) {',
    caughtBy: [SCANS, DROPPING],
  },
  {
    name: 'lost from the offset itself: what stands there was given already',
    file: `${READING}/dropped-answers.ts`,
    find: 'let begin = channel.firstAbove(from);',
    replace: 'let begin = channel.firstAbove(from - 1);',
    caughtBy: [SCANS],
  },
  {
    name: 'a gap for every channel that no filter lets through',
    file: `${READING}/matching-channels.ts`,
    find: 'if (every) yield every;',
    replace: '',
    caughtBy: [SCANS],
  },
  {
    name: 'one entry too far: a scan that is full has passed the next one',
    file: 'server/src/logs/packs/answer.ts',
    find: '? offset - 1 : offset;',
    replace: '? offset : offset;',
    caughtBy: [SCANS],
  },
  {
    name: 'a time among what was dropped: it is looked for in what is there alone',
    file: `${READING}/offset-before.ts`,
    find: '[...view.dropped, ...view.segments]',
    replace: '[...view.segments]',
    caughtBy: [SCANS, PACKS],
  },
  {
    name: 'each for itself: a reader goes past what many read, where it has nothing there',
    file: `${READING}/windows.ts`,
    find: 'return (this.#reads.get(this.of(position)) ?? 0) >= READS_ALIKE;',
    replace: 'return false;',
    caughtBy: [PACKS],
  },
  {
    name: 'as many cold reads as scans: writes wait for a thread',
    file: `${SEGMENTS}/cold-reads.ts`,
    find: 'const AT_ONCE = 2;',
    replace: 'const AT_ONCE = 16;',
    caughtBy: [PACKS],
  },
  {
    name: 'removed while it is read: the file of a segment does not wait for scans',
    file: `${SEGMENTS}/sealed-segment.ts`,
    find: 'if (this.#loans === 0) return;',
    replace: 'return;',
    caughtBy: [DROPPING],
  },
  {
    name: 'last publications that go with their segment',
    file: `${RETENTION}/retention.ts`,
    find: 'const lasts = await keepLasts(this.#parts, oldest);',
    replace: 'const lasts = undefined; void keepLasts;',
    caughtBy: [SCANS, DROPPING],
  },
  {
    name: 'a last publication that is none: what the oldest segment has newer does not count',
    file: `${RETENTION}/lasts.ts`,
    find: '[oldest, ...younger], view.droppedUpTo',
    replace: 'younger, view.droppedUpTo',
    caughtBy: [DROPPING],
  },
  {
    name: 'last publications that are not synced before their segment goes',
    file: `${RETENTION}/lasts-file.ts`,
    find: 'await this.#file.sync();',
    replace: '',
    caughtBy: [DROPPING],
  },
  {
    name: 'names that are not synced before a segment goes',
    file: `${RETENTION}/retention.ts`,
    find: 'await this.#parts.files.syncDirectory();',
    replace: '',
    caughtBy: [DROPPING],
  },
  {
    name: 'twice after a sudden end: what is kept of a segment that is still there counts',
    file: `${READING}/reading.ts`,
    find: 'upTo: Math.min(kept.upTo, droppedUpTo)',
    replace: 'upTo: kept.upTo',
    caughtBy: [DROPPING],
  },
  {
    name: 'old by a clock that was set: age goes by the time of day',
    file: `${RETENTION}/ages.ts`,
    find: 'if (known?.time === time) return known;',
    replace: 'void known;',
    caughtBy: [DROPPING],
  },
  {
    name: 'lost at no time: a replay by time begins above what a power loss may have taken',
    file: `${READING}/offset-before.ts`,
    find: 'return hole ? hole.from - 1 : offset;',
    replace: 'return offset;',
    caughtBy: ['test/unit/logs/disk/reading/offset-before.test.ts'],
  },
];
