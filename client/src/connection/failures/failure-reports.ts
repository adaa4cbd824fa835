import type { Clock, Code, ZerospanError } from '@zerospan/shared';
import { Since } from '../../since.ts';

/** How often a platform is asked further about failures of one kind, at most, in ms. */
const INQUIRY_MS = 60_000;

/** What fails after a connection has lived for this long, in ms, is another outage. */
const LASTED_MS = 60_000;

/** What a platform was asked about the failures of one code. */
interface Inquiry {
  readonly code: Code;
  readonly atMs: number;
  /** undefined: not answered yet. */
  found: ZerospanError | undefined;
}

/** Reports the first failure of an outage and each new kind of failure, and knows the last one. */
export class FailureReports {
  readonly #clock: Clock;
  readonly #report: (failure: ZerospanError) => void;
  readonly #reported = new Set<Code>();
  #last: ZerospanError | undefined;
  #inquiry: Inquiry | undefined;
  /** Since the last welcome, until something has failed. */
  #live: Since | undefined;
  #stopped = false;

  constructor(clock: Clock, report: (failure: ZerospanError) => void) {
    this.#clock = clock;
    this.#report = report;
  }

  get last(): ZerospanError | undefined {
    return this.#last;
  }

  /** A connection failed; one that ended in good order is not reported. */
  failed(failure: ZerospanError, isOrderly: boolean): void {
    this.#last = failure;
    if (!isOrderly) this.#once(failure);
  }

  /** One of which more may be found out: that is reported in its place. */
  inquire(failure: ZerospanError, inquiry: () => Promise<ZerospanError>): void {
    const { code } = failure;
    const before = this.#inquiry;
    const isRecent = before?.code === code && this.#clock.elapsed() - before.atMs < INQUIRY_MS;
    this.#last = (isRecent ? before.found : undefined) ?? failure;
    if (isRecent) return;
    const current: Inquiry = { code, atMs: this.#clock.elapsed(), found: undefined };
    this.#inquiry = current;
    void inquiry().then((found) => {
      if (this.#stopped || this.#inquiry !== current) return;
      current.found = found;
      if (this.#last === failure) this.#last = found;
      this.#once(found);
    });
  }

  /** A connection has come about. */
  welcomed(): void {
    this.#inquiry = undefined;
    this.#live = new Since(this.#clock);
  }

  /** What is found out later is not reported any more. @param last why it is over, if not by its user */
  stop(last: ZerospanError | undefined): void {
    this.#stopped = true;
    this.#last = last ?? this.#last;
  }

  #once(failure: ZerospanError): void {
    if (this.#live !== undefined && this.#live.ms >= LASTED_MS) this.#reported.clear();
    this.#live = undefined;
    if (this.#reported.has(failure.code)) return;
    this.#reported.add(failure.code);
    this.#report(failure);
  }
}
