import type { Position } from '@zerospan/client';
import { positionOf, positionText } from '../../data/format.ts';
import { type Path, pathIn } from '../../data/json-path.ts';
import type { QuestionMark, VoteRules } from './counting/rules.ts';

/** All that a vote is: everybody who opens the address of the screen counts the same. */
export interface VoteAddress {
  readonly channels: readonly string[];
  /** In place of `channels`; empty: every channel. */
  readonly prefix?: string;
  /** As people write it; empty: the message itself. */
  readonly choice: string;
  /** Empty: each channel is a voter. */
  readonly voter: string;
  readonly expected: readonly string[];
  readonly keep: 'first' | 'latest';
  /** With `id` the place of the question's first copy; without, votes count behind it. undefined: there is no vote. */
  readonly at?: Position;
  readonly id?: string;
  readonly idPath: string;
  readonly durationMs: number;
  /** Whether it fills the screen. */
  readonly isWall: boolean;
}

/** What an address without parameters says. */
export const NO_VOTE: VoteAddress = {
  channels: [],
  choice: 'choice',
  voter: '',
  expected: [],
  keep: 'first',
  idPath: 'id',
  durationMs: 0,
  isWall: false,
};

/** Names in an address, at most, as in one subscription. */
export const NAMES_MOST = 1_000;

/** Longest `durationMs`: a week. Logs reach no further, and a number in an address is anybody's. */
const DURATION_MOST_MS = 7 * 24 * 60 * 60 * 1_000;

/** Stands for an empty path: an empty parameter is as one that is left out. */
const WHOLE = '.';

/** Reads the parameters of an address. What cannot be read is as if it were left out: addresses are typed and cut. */
export function readVoteAddress(params: URLSearchParams): VoteAddress {
  const at = positionOf(params.get('at') ?? '');
  const durationMs = Number(params.get('ms') ?? 0);
  const prefix = params.has('all') ? '' : params.get('p');
  const id = params.get('id');
  const choice = params.get('choice') ?? NO_VOTE.choice;
  return {
    channels: namesOf(params.getAll('c')),
    ...(prefix !== null && { prefix }),
    choice: choice === WHOLE ? '' : choice,
    voter: params.get('voter') ?? '',
    expected: namesOf(params.getAll('who')),
    keep: params.get('keep') === 'latest' ? 'latest' : 'first',
    ...(at && { at }),
    ...(id !== null && id !== '' && { id }),
    idPath: params.get('idpath') ?? NO_VOTE.idPath,
    durationMs: Number.isSafeInteger(durationMs) ? Math.min(Math.max(durationMs, 0), DURATION_MOST_MS) : 0,
    isWall: params.has('wall'),
  };
}

/** The parameters of an address, by name; what is as usual is left out. */
export function voteParams(
  vote: VoteAddress,
): Record<string, string | number | readonly string[] | undefined> {
  const { channels, prefix, choice, voter, expected, keep, at, id, idPath, durationMs, isWall } = vote;
  return {
    c: prefix === undefined ? channels : undefined,
    p: prefix,
    all: prefix === '' ? 1 : undefined,
    choice: choice === NO_VOTE.choice ? undefined : choice || WHOLE,
    voter,
    who: expected,
    keep: keep === NO_VOTE.keep ? undefined : keep,
    at: at && positionText(at),
    id,
    idpath: idPath === NO_VOTE.idPath ? undefined : idPath,
    ms: durationMs || undefined,
    wall: isWall ? 1 : undefined,
  };
}

/**
 * The rules that an address says, or what is wrong with it.
 * @param text the question, where this page put it and nobody knows at which offset, if at all
 */
export function rulesOf(vote: VoteAddress, text?: string): VoteRules | { readonly fault: string } {
  const [choice, voter, idPath] = [vote.choice, vote.voter, vote.idPath].map(pathOf);
  if (choice === undefined || voter === undefined || idPath === undefined) return { fault: faultOf(vote) };
  const { channels, expected, keep, durationMs } = vote;
  return {
    choice,
    ...(voter.length > 0 && { voter }),
    channels: vote.prefix === undefined ? channels : [],
    expected,
    keep,
    durationMs,
    ...(vote.id !== undefined && { question: questionOf(vote, vote.id, idPath, text) }),
  };
}

function questionOf({ at }: VoteAddress, id: string, idPath: Path, text: string | undefined): QuestionMark {
  // With the text, `at` is only a place before it.
  return { id, idPath, ...(text === undefined ? at && { at } : { text }) };
}

function namesOf(names: readonly string[]): string[] {
  return [...new Set(names.filter((name) => name !== ''))].slice(0, NAMES_MOST);
}

/** An empty path is the value itself. */
function pathOf(text: string): Path | undefined {
  return text.trim() === '' ? [] : pathIn(text.trim());
}

function faultOf({ choice, voter, idPath }: VoteAddress): string {
  const text = [choice, voter, idPath].find((one) => pathOf(one) === undefined) ?? '';
  return `“${text.slice(0, 40)}” is no path into a message. Write it like answer.option[0].`;
}
