import { ZerospanError } from '@zerospan/shared';
import type {
  Append,
  Appended,
  AppendGap,
  Chunk,
  Entry,
  Interest,
  Log,
  LogChange,
  LogState,
  Read,
  Taker,
} from '../../server/src/core/log/log.ts';

/** Something that a late log was asked. */
interface Asked {
  /** What it does when its time has come: appends, or reads what is held. */
  readonly act: () => unknown;
  readonly answer: (outcome: unknown) => void;
  readonly fail: (error: unknown) => void;
}

/** Something that it has done and not answered. */
type Answer = () => void;

/**
 * A log whose appends and reads complete only when the test releases them, as on a disk or on another machine: an
 * append is visible to nobody before it is released, answers come later than what they report, reads answer in any
 * order or never, and appends may be rejected.
 */
export class LateLog implements Log {
  inner: Log;
  begins = 0;
  /** Whether it says that its reads are late, so that sessions read together. */
  saysSo = false;
  state: LogState = 'reachable';
  /** Whether it is late; else it does everything at once. */
  isLate: boolean;
  readonly #appends: Asked[] = [];
  readonly #reads: Asked[] = [];
  readonly #answers: Answer[] = [];
  readonly #followers = new Set<{ entry(entry: Entry): void; changed?(change: LogChange): void }>();
  #unfollow: () => void;
  /** When its epoch began, by `elapsed`; undefined: before anything was asked. */
  #beganMs: number | undefined;

  constructor(inner: Log, isLate = true) {
    this.inner = inner;
    this.isLate = isLate;
    this.#unfollow = inner.follow(
      (entry) => this.#handOver(entry),
      (change) => this.#change(change),
    );
  }

  get epoch(): string {
    return this.inner.epoch;
  }

  get head(): number {
    return this.inner.head;
  }

  get droppedUpTo(): number {
    return this.inner.droppedUpTo;
  }

  get atHand(): number {
    return this.isLate && this.saysSo ? Number.POSITIVE_INFINITY : this.inner.atHand;
  }

  entriesAbove(offset: number): number {
    return this.inner.entriesAbove(offset);
  }

  now(): number {
    return this.inner.now();
  }

  elapsed(): number {
    return this.inner.elapsed();
  }

  /** By when it answers, what it was asked to append may have come. */
  reaches(offset: number): boolean | Promise<boolean> {
    if (!this.isLate) return this.inner.reaches(offset);
    return this.#asked(this.#reads, () => this.inner.reaches(offset));
  }

  append(entry: Append): Appended | Promise<Appended> {
    const { firstSentMs } = entry.putKey ?? {};
    if (this.#beganMs !== undefined && firstSentMs !== undefined && firstSentMs < this.#beganMs)
      throw new ZerospanError('outcome-unknown');
    return this.isLate
      ? this.#asked(this.#appends, () => this.inner.append(entry))
      : this.inner.append(entry);
  }

  take<E extends Append>(entry: E, taker: Taker<E>): boolean {
    const appended = this.append(entry);
    if (!(appended instanceof Promise)) return false;
    appended.then(
      () => taker.taken(entry),
      (error: unknown) => taker.failed(entry, error),
    );
    return true;
  }

  appendGap(gap: AppendGap): Appended | Promise<Appended> {
    return this.isLate
      ? this.#asked(this.#appends, () => this.inner.appendGap(gap))
      : this.inner.appendGap(gap);
  }

  read<W extends Interest>(read: Read<W>): Chunk<W> | Promise<Chunk<W>> {
    return this.isLate ? this.#asked(this.#reads, () => this.inner.read(read)) : this.inner.read(read);
  }

  offsetBefore(elapsedMs: number): number | Promise<number> {
    return this.isLate
      ? this.#asked(this.#reads, () => this.inner.offsetBefore(elapsedMs))
      : this.inner.offsetBefore(elapsedMs);
  }

  follow(entry: (entry: Entry) => void, changed?: (change: LogChange) => void): () => void {
    const follower = { entry, ...(changed && { changed }) };
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  /**
   * Another log takes its place, with an epoch of its own. What was not appended never will be; whether what was
   * appended and not answered was, nobody can say.
   * @param begins where clients of another epoch begin
   */
  restart(inner: Log, begins = 0): void {
    const unknown = new ZerospanError('outcome-unknown');
    for (const { fail } of this.#appends.splice(0)) fail(unknown);
    this.#unfollow();
    this.inner = inner;
    this.begins = begins;
    this.#beganMs = this.elapsed();
    this.#unfollow = inner.follow((entry) => this.#handOver(entry));
    this.#change({ kind: 'epoch', epoch: inner.epoch });
  }

  /** @param sinceMs as it says it, by `elapsed` */
  become(state: LogState, sinceMs?: number): void {
    this.state = state;
    this.#change({ kind: 'state', state, ...(sinceMs !== undefined && { sinceMs }) });
  }

  /** Appends that nobody sees yet. */
  get appending(): number {
    return this.#appends.length;
  }

  /** Reads that have not read anything yet. */
  get reading(): number {
    return this.#reads.length;
  }

  /** What was done and is not answered. */
  get answering(): number {
    return this.#answers.length;
  }

  /** The oldest append that waits takes place: who follows is handed its entries. Says whether there was one. */
  appendNext(): boolean {
    return this.#act(this.#appends.shift());
  }

  /** The oldest append that waits is rejected, and leaves no trace. */
  rejectNext(error: unknown): boolean {
    const asked = this.#appends.shift();
    if (asked) this.#answers.push(() => asked.fail(error));
    return asked !== undefined;
  }

  /** One of the waiting reads reads what is held then. */
  readNext(which = 0): boolean {
    return this.#act(this.#reads.splice(which % Math.max(this.#reads.length, 1), 1)[0]);
  }

  /** One of the reads that wait fails. */
  failRead(error: unknown, which = 0): boolean {
    const [asked] = this.#reads.splice(which % Math.max(this.#reads.length, 1), 1);
    if (asked) this.#answers.push(() => asked.fail(error));
    return asked !== undefined;
  }

  /** One of the reads that wait is never answered. Answers a function that answers it all the same. */
  hangRead(which = 0): () => void {
    const [asked] = this.#reads.splice(which % Math.max(this.#reads.length, 1), 1);
    return () => void this.#act(asked);
  }

  /** Gives one of the answers. */
  answerNext(which = 0): boolean {
    const [answer] = this.#answers.splice(which % Math.max(this.#answers.length, 1), 1);
    answer?.();
    return answer !== undefined;
  }

  /** Does one of all these, drawn. Says whether there was anything to do. */
  move(random: () => number): boolean {
    const moves = [
      ...(this.appending > 0 ? [() => this.appendNext()] : []),
      ...(this.reading > 0 ? [() => this.readNext(Math.floor(random() * this.reading))] : []),
      ...(this.answering > 0 ? [() => this.answerNext(Math.floor(random() * this.answering))] : []),
    ];
    return moves[Math.floor(random() * moves.length)]?.() ?? false;
  }

  /** Does all that it was asked, and answers, until nothing waits; from then on it is prompt. */
  prompt(): void {
    this.isLate = false;
    while (this.appendNext() || this.readNext() || this.answerNext());
  }

  #handOver(entry: Entry): void {
    for (const follower of this.#followers) follower.entry(entry);
  }

  #change(change: LogChange): void {
    for (const follower of this.#followers) follower.changed?.(change);
  }

  #asked<T>(line: Asked[], act: () => T | Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      line.push({ act, answer: (outcome) => resolve(outcome as T), fail: reject });
    });
  }

  #act(asked: Asked | undefined): boolean {
    if (!asked) return false;
    const { act, answer, fail } = asked;
    try {
      const outcome = act();
      // What it found when it looked: more may come before the answer is given.
      if (outcome instanceof Promise) outcome.catch(() => undefined);
      this.#answers.push(() => answer(outcome));
    } catch (error) {
      this.#answers.push(() => fail(error));
    }
    return true;
  }
}
