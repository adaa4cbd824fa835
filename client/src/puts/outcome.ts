import { type Clock, ZerospanError } from '@zerospan/shared';

/** By this name, because a linter takes a class with a method `then` for something that only looks like a promise. */
const THEN = 'then';

/**
 * A promise whose failure is reported elsewhere when nobody handles it.
 *
 * `put` is fire and forget for many callers, and an unhandled rejection ends a Node process. Whether somebody handles
 * it is known from `then`: `await`, `catch`, `finally`, `Promise.all` all call it on a subclass (on a plain promise
 * `await` does not). The check runs one timer turn after the rejection, because `await` calls it a microtask late.
 * Promises derived from this one are plain: code that chains handles the failures itself.
 */
export class Outcome<T> extends Promise<T> {
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  #asked = false;

  /** Whether somebody has asked for its failure. */
  get isHandled(): boolean {
    return this.#asked;
  }

  static of<T>(
    clock: Clock,
    unasked: (error: ZerospanError) => void,
    start: (resolve: (value: T) => void, reject: (error: Error) => void) => void,
  ): Outcome<T> {
    const outcome = new Outcome<T>(start);
    outcome.#watch(clock, unasked);
    return outcome;
  }

  override [THEN]<A = T, B = never>(
    fulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    rejected?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#asked = true;
    return super.then(fulfilled, rejected);
  }

  #watch(clock: Clock, unasked: (error: ZerospanError) => void): void {
    void super.then(undefined, (error: unknown) => {
      clock.later(0, () => {
        if (!this.#asked) unasked(asZerospanError(error));
      });
    });
  }
}

/**
 * Whatever else is thrown in a put or a subscription comes from a value that was given to it, such as a getter that
 * throws.
 */
function asZerospanError(error: unknown): ZerospanError {
  return error instanceof ZerospanError
    ? error
    : new ZerospanError('bad-message', String(error), { cause: error });
}
