/** What a checker can find, in Jepsen's sense. */
export type Kind =
  /** Wanted and appended, neither given nor told: before all, between, after all that a subscriber was given. */
  | 'lost-prefix'
  | 'lost-middle'
  | 'lost-postfix'
  | 'duplicate'
  | 'reordered'
  /** Another content than the ledger has at that place. */
  | 'divergent'
  /** A server that keeps the log of the one before has another entry at a place. */
  | 'overwritten'
  /** Given but never appended. */
  | 'phantom'
  /** Given although nobody asked for it. */
  | 'unasked'
  /** A log that ended, and its subscriber was not told so before it was given the next one. */
  | 'restart-unreported'
  /** A gap in which nothing is missing, or that contradicts what was given. */
  | 'false-gap'
  /** A gap that counts wrongly. */
  | 'miscounted'
  /** A subscriber that was never granted, or ended by itself. */
  | 'subscriber-ended'
  | 'accepted-not-appended'
  | 'refused-yet-appended'
  | 'appended-twice'
  | 'put-in-part'
  | 'put-reordered'
  | 'unanswered'
  /** In the log, and nobody put it or sent it. */
  | 'foreign'
  | 'native-reordered'
  /** A process says that something went wrong in it, or ended when it should not. */
  | 'process-fault';

export interface Finding {
  readonly kind: Kind;
  /** Whose trace shows it. */
  readonly who: string;
  readonly what: string;
}

/** Findings kept with their words; of the others only how many there were. */
const KEPT = 200;

/** What was found so far. */
export class Findings {
  readonly list: Finding[] = [];
  readonly counts = new Map<Kind, number>();

  add(kind: Kind, who: string, what: string): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    if (this.list.length < KEPT) this.list.push({ kind, who, what });
  }

  get total(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }
}
