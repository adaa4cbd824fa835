import type { ZerospanError } from '@zerospan/shared';
import type { Publication } from '../types.ts';

interface Waiter {
  resolve(result: IteratorResult<Publication, undefined>): void;
  reject(error: ZerospanError): void;
}

const DONE = { done: true, value: undefined } as const;

/**
 * One loop over the answers of a poll. What it has not read yet waits by channel: an answer that takes the place of
 * another takes it here too, so that no more waits than there are channels.
 */
export class AnswerReader implements AsyncIterator<Publication, undefined> {
  readonly #unread: Map<string, Publication>;
  readonly #left: (reader: AnswerReader) => void;
  #waiters: Waiter[] = [];
  #end: { readonly error: ZerospanError | undefined } | undefined;

  /** @param left called when the loop is left */
  constructor(answers: ReadonlyMap<string, Publication>, left: (reader: AnswerReader) => void) {
    this.#unread = new Map(answers);
    this.#left = left;
  }

  next(): Promise<IteratorResult<Publication, undefined>> {
    const [first] = this.#unread.values();
    if (first !== undefined) {
      this.#unread.delete(first.channel);
      return Promise.resolve({ done: false, value: first });
    }
    if (this.#end === undefined) {
      return new Promise((resolve, reject) => {
        this.#waiters.push({ resolve, reject });
      });
    }
    const { error } = this.#end;
    // Once: who goes on after that is at the end.
    this.#end = { error: undefined };
    return error === undefined ? Promise.resolve(DONE) : Promise.reject(error);
  }

  return(): Promise<IteratorResult<Publication, undefined>> {
    this.#left(this);
    this.#unread.clear();
    this.end(undefined);
    return Promise.resolve(DONE);
  }

  give(answer: Publication): void {
    const waiter = this.#waiters.shift();
    if (waiter === undefined) this.#unread.set(answer.channel, answer);
    else waiter.resolve({ done: false, value: answer });
  }

  /** Nothing more comes; what waits can still be read. */
  end(error: ZerospanError | undefined): void {
    if (this.#end !== undefined) return;
    const waiters = this.#waiters.splice(0);
    this.#end = { error: waiters.length > 0 ? undefined : error };
    for (const waiter of waiters) {
      if (error === undefined) waiter.resolve(DONE);
      else waiter.reject(error);
    }
  }
}
