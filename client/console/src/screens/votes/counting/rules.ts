import type { Position } from '@zerospan/client';
import type { Path } from '../../../data/json-path.ts';

/** A value of JSON as it is compared and shown. */
export interface Said {
  /** Its JSON text: the number 1 and the text "1" are two choices. */
  readonly key: string;
  /** For people: text without its quotation marks. */
  readonly label: string;
}

/** What counts as a vote, who has cast it, and when it is too late. */
export interface VoteRules {
  /** Where a vote says what it chooses; empty: the message itself. */
  readonly choice: Path;
  /** Where it says who votes. undefined: each channel is a voter. */
  readonly voter?: Path;
  /** Which vote of a voter counts. */
  readonly keep: 'first' | 'latest';
  /** With `voter`: the names of those who are expected; empty: not known. */
  readonly expected: readonly string[];
  /** Channels that are counted; without a question they are those that are asked. */
  readonly channels: readonly string[];
  /** With a question: only what carries its id behind it counts. */
  readonly question?: QuestionMark;
  /** How long votes count after the question, in ms. 0: for ever. */
  readonly durationMs: number;
}

/** How a question is recognised in the log. */
export interface QuestionMark {
  readonly id: string;
  /** Where the question and its answers carry the id. */
  readonly idPath: Path;
  /** The place of its first copy; undefined: not known. */
  readonly at?: Position;
  /** What was put, where this page asked it itself and the offset is not known. */
  readonly text?: string;
}

/** A value as a choice or a voter; undefined where there is none. */
export function saidOf(value: unknown): Said | undefined {
  if (value === undefined) return undefined;
  const key = JSON.stringify(value);
  return { key, label: typeof value === 'string' ? value : key };
}

/** Whether a message carries the id; programs may write a number where the question has text. */
export function isId(value: unknown, id: string): boolean {
  return (typeof value === 'string' || typeof value === 'number') && String(value) === id;
}
