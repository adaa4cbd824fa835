import type { Tally, Vote } from './counting/tally.ts';

/** Lists of voters: who has voted, and who has not. */
export const LISTS = ['voted', 'late', 'missing', 'unknown', 'strangers'] as const;
export type ListName = (typeof LISTS)[number];

export interface VoterRow {
  readonly voter: string;
  readonly list: ListName;
  /** undefined: there is none. */
  readonly vote?: Vote;
}

export const LIST_WORDS: Readonly<Record<ListName, { readonly title: string; readonly what: string }>> = {
  voted: { title: 'Voted', what: 'Counted' },
  late: { title: 'Late', what: 'After the end: not counted' },
  missing: { title: 'Missing', what: 'No vote yet' },
  unknown: { title: 'Not known', what: 'No vote; it may be among what was lost' },
  strangers: { title: 'Not asked', what: 'Nobody asked them: not counted' },
};

/** The voters of a list, in the order in which they voted; without votes by name. */
export function votersOf(tally: Tally, list: ListName): VoterRow[] {
  switch (list) {
    case 'voted':
      return [...tally.votes].map(([voter, vote]) => ({ voter, list, vote }));
    case 'late':
      return [...tally.late].map(([voter, vote]) => ({ voter, list, vote }));
    case 'strangers':
      return [...tally.strangers].map(([voter, vote]) => ({ voter, list, vote }));
    case 'missing':
      return tally.missing.sort().map((voter) => ({ voter, list }));
    case 'unknown':
      return tally.unknown.sort().map((voter) => ({ voter, list }));
  }
}

export function sizeOf(tally: Tally, list: ListName): number {
  switch (list) {
    case 'voted':
      return tally.votes.size;
    case 'late':
      return tally.late.size;
    case 'strangers':
      return tally.strangers.size + tally.strangersMore;
    case 'missing':
    case 'unknown':
      return tally[list].length;
  }
}
