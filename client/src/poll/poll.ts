import { type Clock, type FilterSet, ZerospanError } from '@zerospan/shared';
import { onAbort } from '../abort.ts';
import { Outcome } from '../puts/outcome.ts';
import type { PutRequest } from '../puts/put-request.ts';
import type { Feed } from '../subscriptions/delivery/feed.ts';
import type { Publication, PutOptions, PutResult, QueueBounds } from '../types.ts';
import { AnswerReader } from './answer-reader.ts';
import { Answers, type Question } from './answers.ts';

/** How long a poll waits for answers by default, and how long it collects late ones at most, in ms. */
const ANSWERS_MS = 10_000;
const LATE_MS = 60_000;

/** Late answers that are kept; the oldest goes for one more. */
const LATE_MOST = 1_000;

/** What may come before the question is accepted. Beyond, the oldest is dropped, and its channel is `unknown`. */
const EARLY: QueueBounds = { publications: 10_000, bytes: 1024 * 1024, whenFull: 'drop' };

/** The most that timers of all platforms take. */
const TIMER_MOST_MS = 2 ** 31 - 1;

export interface PollOptions<T = unknown> {
  /**
   * Whether a publication that came behind the question answers it. Put an id into the question and compare it here: a
   * late answer to the question before comes behind this one. Default: each does.
   */
  readonly isAnswer?: (publication: Publication<T>, question: Question) => boolean;
  /** Which answer of a channel counts. Default: `first`. */
  readonly keep?: 'first' | 'latest';
  /** How long to wait for answers, from the call on, in ms from 1. Default 10,000. */
  readonly timeoutMs?: number;
  /** Asks for a receipt: `question` then says how many sessions have the question. See {@link PutOptions.confirm}. */
  readonly confirm?: PutOptions['confirm'];
  /** Ends the poll: `question`, if it waits, and `done` reject with `aborted`. */
  readonly signal?: AbortSignal;
}

/** What a poll needs of its bus. */
export interface PollHome {
  readonly clock: Clock;
  feed(bounds: QueueBounds): Feed;
  put(channels: readonly string[], request: PutRequest): Promise<PutResult>;
  /** A promise whose failure goes to `bus.on('error')` when nobody handles it and it is news. */
  reportingFailure<R>(promise: Promise<R>, isNews: () => boolean): Outcome<R>;
}

/** What is put, and where. */
export interface Asking {
  readonly channels: readonly string[];
  readonly set: FilterSet;
  readonly message: unknown;
  /** Its JSON text; throws for what has none. */
  readonly text: () => string;
}

/**
 * A question on several channels at once, and what each of them answers. Made by `bus.poll()`: it subscribes first, and
 * then puts the question. `for await` gives the answers as they come; it ends, as `done` does, when all channels have
 * answered, after `timeoutMs`, or by `close()`.
 */
export class Poll<T = unknown> implements AsyncIterable<Publication<T>>, AsyncDisposable {
  /**
   * What the put of the question came to: with `sessions`, and the counts that `confirm` asked for. Rejects like
   * {@link Publisher.put}, with what the subscription was refused for, and with `timeout` where nothing accepted the
   * question in time; `done` rejects alike. After `outcome-unknown` alone the poll goes on: the question may have been
   * appended. Never an unhandled rejection.
   */
  readonly question: Promise<PutResult>;
  /** Fulfils with this poll at its end. Never an unhandled rejection. */
  readonly done: Promise<Poll<T>>;
  readonly #home: PollHome;
  readonly #channels: readonly string[];
  readonly #answers: Answers;
  readonly #keep: 'first' | 'latest';
  readonly #feed: Feed;
  readonly #abort = new AbortController();
  readonly #readers = new Set<AnswerReader>();
  readonly #offs: (() => void)[] = [];
  #late: Publication[] = [];
  #state: 'asking' | 'open' | 'over' | 'closed' = 'asking';
  #isNoticed = false;
  #failure: ZerospanError | undefined;
  #resolveQuestion: (result: PutResult) => void = () => {};
  #rejectQuestion: (error: Error) => void = () => {};
  #resolveDone: (poll: Poll<T>) => void = () => {};
  #rejectDone: (error: Error) => void = () => {};

  /** @internal */
  constructor(asking: Asking, options: PollOptions<T>, home: PollHome) {
    const { isAnswer = () => true, keep = 'first', timeoutMs = ANSWERS_MS, confirm, signal } = options;
    if (!(timeoutMs >= 1 && timeoutMs <= TIMER_MOST_MS))
      throw new RangeError(`timeoutMs is from 1 to ${TIMER_MOST_MS}, not ${timeoutMs}`);
    if (keep !== 'first' && keep !== 'latest')
      throw new TypeError(`keep is first or latest, not ${String(keep)}`);
    const { channels, message } = asking;
    const text = attempt(asking.text);
    this.#home = home;
    this.#channels = channels;
    this.#keep = keep;
    // What a channel carries is what its users agreed on; nothing checks it.
    const decides = isAnswer as (publication: Publication, question: Question) => boolean;
    this.#answers = new Answers({ channels, message, text: String(text), keep, isAnswer: decides });
    const question = Outcome.of<PutResult>(
      home.clock,
      () => {},
      (resolve, reject) => {
        this.#resolveQuestion = resolve;
        this.#rejectQuestion = reject;
      },
    );
    const done = new Promise<Poll<T>>((resolve, reject) => {
      this.#resolveDone = resolve;
      this.#rejectDone = reject;
    });
    this.question = question;
    this.done = home.reportingFailure(done, () => !this.#isNoticed && !question.isHandled);
    this.#feed = home.feed(EARLY);
    this.#feed.on('close', (error) => this.#feedEnded(error));
    this.#offs.push(home.clock.later(timeoutMs, () => this.#timeIsUp(timeoutMs)));
    this.#offs.push(onAbort(signal, (error) => this.#fail(error)));
    this.#feed.open(asking.set, {}).then(
      () => this.#ask(text, confirm),
      (error: ZerospanError) => this.#fail(error),
    );
  }

  /** By channel, in the order in which each answered first. It goes on changing until the end. */
  get answers(): ReadonlyMap<string, Publication<T>> {
    return this.#answers.all as ReadonlyMap<string, Publication<T>>;
  }

  /** Channels without an answer. */
  get missing(): readonly string[] {
    return this.#answers.missing;
  }

  /**
   * Channels without an answer of which something may be lost: a gap touched them behind the question, or nobody knows
   * whether they have the question. They are not `missing`.
   */
  get unknown(): readonly string[] {
    return this.#answers.unknown;
  }

  /** Answers that came after the end, until `close()` or for 60 s; the newest 1,000. */
  get late(): readonly Publication<T>[] {
    return [...this.#late] as Publication<T>[];
  }

  /** How many answers say what: `poll.tally(({ message }) => message.vote)`. */
  tally(read: (answer: Publication<T>) => string): Map<string, number> {
    const counts = new Map<string, number>();
    for (const answer of this.answers.values()) {
      const said = read(answer);
      counts.set(said, (counts.get(said) ?? 0) + 1);
    }
    return counts;
  }

  /** Ends the poll, if it is not over, and collects nothing more. Idempotent, never rejects. */
  close(): Promise<void> {
    if (this.#state === 'asking') this.#fail(new ZerospanError('closed'));
    if (this.#state === 'open') this.#finish();
    this.#leave();
    return this.#feed.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<Publication<T>, undefined> {
    this.#isNoticed = true;
    const reader = new AnswerReader(this.#answers.all, (left) => this.#readers.delete(left));
    this.#readers.add(reader);
    if (this.#state === 'over' || this.#state === 'closed') reader.end(this.#failure);
    return reader as AsyncIterator<Publication<T>, undefined>;
  }

  #ask(text: string | Error, confirm: PutOptions['confirm']): void {
    if (this.#state !== 'asking') return;
    const { signal } = this.#abort;
    const accepted = (result: PutResult): void => this.#begin(() => this.#answers.accepted(result));
    const put =
      text instanceof Error
        ? Promise.reject(text)
        : this.#home.put(this.#channels, { text, signal, accepted, ...(confirm && { confirm }) });
    put.then(this.#resolveQuestion, (error: ZerospanError) => {
      if (error.code !== 'outcome-unknown' || this.#feed.over) return this.#fail(error);
      this.#rejectQuestion(error);
      this.#begin(() => this.#answers.outcomeUnknown());
    });
  }

  /** What has come until now waits in the feed: it is handed over behind this. */
  #begin(asked: () => void): void {
    if (this.#state !== 'asking') return;
    this.#state = 'open';
    asked();
    this.#feed.on('gap', (gap) => this.#answers.gap(gap));
    this.#feed.on('publication', (publication) => this.#take(publication));
  }

  #take(publication: Publication): void {
    if (this.#state === 'over') {
      const isFirst = this.#keep === 'latest' || !this.#answers.all.has(publication.channel);
      if (isFirst && this.#answers.isAnswer(publication))
        this.#late = [...this.#late, publication].slice(-LATE_MOST);
      return;
    }
    if (this.#state !== 'open' || !this.#answers.take(publication)) return;
    for (const reader of this.#readers) reader.give(publication);
    if (this.#answers.isComplete) this.#over();
  }

  #timeIsUp(afterMs: number): void {
    if (this.#state === 'asking')
      this.#fail(new ZerospanError('timeout', `the question was not accepted within ${afterMs} ms`));
    else this.#over();
  }

  /** Nothing more counts. */
  #over(): void {
    if (this.#state !== 'open') return;
    this.#finish();
    // With all first answers, none can be late.
    if (this.#keep === 'first' && this.#answers.isComplete) void this.close();
    else this.#offs.push(this.#home.clock.later(LATE_MS, () => void this.close()));
  }

  #finish(): void {
    this.#state = 'over';
    this.#stop();
    this.#resolveDone(this);
    for (const reader of this.#readers) reader.end(undefined);
    this.#readers.clear();
  }

  #fail(error: ZerospanError): void {
    if (this.#state === 'over') void this.close();
    if (this.#state === 'closed' || this.#state === 'over') return;
    this.#failure = error;
    this.#rejectQuestion(error);
    this.#rejectDone(error);
    for (const reader of this.#readers) reader.end(error);
    this.#readers.clear();
    this.#leave();
    // Not sent yet, it is not sent any more.
    this.#abort.abort(error);
  }

  #feedEnded(error: ZerospanError | undefined): void {
    if (error !== undefined) this.#fail(error);
    else void this.close();
  }

  #leave(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#stop();
    void this.#feed.end();
  }

  #stop(): void {
    for (const off of this.#offs.splice(0)) off();
  }
}

/** As it is at the call; what is wrong with it is reported like every failure of a put. */
function attempt(text: () => string): string | Error {
  try {
    return text();
  } catch (error) {
    return error as Error;
  }
}
