import { fieldsOf, isCount, isText } from '../network.ts';

/** A client has a session there. */
export type Entered = readonly ['enter', client: string, nth: number, stamp: number];

/** What changes of the clients of a node. Clients and subjects are named by hashes: ids of clients are secrets. */
export type Change =
  | Entered
  | readonly ['leave', client: string]
  /** How many connections a subject has there now. */
  | readonly ['count', subject: string, connections: number];

/** What one node says to the others of its clients. */
export type RosterMessage =
  /**
   * Changes, or a part of all that there is: the same, where some are known already. Messages are numbered one by one.
   */
  | {
      readonly kind: 'changes';
      readonly number: number;
      readonly changes: readonly Change[];
      /** The first and the last part of all that there is. */
      readonly begins: boolean;
      readonly ends: boolean;
    }
  /** The number of the last one. */
  | { readonly kind: 'at'; readonly number: number }
  /** The node of this id is to say all that there is. */
  | { readonly kind: 'ask'; readonly of: string };

/** Most changes of one message: a message of NATS has 1 MiB at most. */
export const CHANGES_MOST = 1_000;

/** Undefined: it is none that this version understands. */
export function readRosterMessage(body: unknown): RosterMessage | undefined {
  const fields = fieldsOf(body);
  if (!fields) return undefined;
  const { kind, number, of, changes, begins, ends } = fields;
  if (kind === 'ask') return isText(of) ? { kind, of } : undefined;
  if (!isCount(number)) return undefined;
  if (kind === 'at') return { kind, number };
  if (kind !== 'changes' || !Array.isArray(changes)) return undefined;
  // What a newer version says beside is not for this one.
  const known = changes.filter(isChange);
  return { kind, number, changes: known, begins: begins === true, ends: ends === true };
}

function isChange(value: unknown): value is Change {
  if (!Array.isArray(value)) return false;
  const [kind, name, one, two] = value as unknown[];
  if (!isText(name)) return false;
  if (kind === 'enter') return isCount(one) && isCount(two);
  return kind === 'leave' || (kind === 'count' && isCount(one));
}
