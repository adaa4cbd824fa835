import type { Bug } from './bug.ts';

const OPENING = 'server/src/logs/disk/opening';

/** In what outlives a server: caught by the scripts over a disk. */
export const diskBugs: readonly Bug[] = [
  {
    name: 'known at the next start only: what a power loss may have taken is not reported by the start that finds it',
    file: `${OPENING}/opening.ts`,
    find: '[...surveyed.holes, holeTo(head, surveyed)]',
    replace: '[...surveyed.holes]',
    store: 'disk',
  },
  {
    name: 'from the very beginning: clients of another epoch are given what was there before this one began',
    file: `${OPENING}/opening.ts`,
    find: 'begins: head,',
    replace: 'begins: 0,',
    store: 'disk',
  },
  {
    name: 'gone with its segment: a put is forgotten by a start, and nothing says so',
    file: `${OPENING}/put-keys.ts`,
    find: 'newest.forget(droppedUpTo(found, nowMs));',
    replace: '',
    store: 'disk',
  },
  {
    name: 'never heard of: puts that the store remembers are not taken into memory',
    file: 'server/src/core/log/restoring.ts',
    find: 'isTable ? new FromBefore(puts, momentOf) : undefined',
    replace: 'undefined',
    store: 'disk',
  },
];
