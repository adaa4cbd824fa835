import { type Clock, TIMES, ZerospanError } from '@zerospan/shared';
import type { BusOptions } from '../types.ts';
import type { Clue } from './failures/failure.ts';

/** Who asked for a token. */
export interface Asker {
  given(token: string): void;
  /** It threw, rejected, took too long or answered something else. */
  failed(error: unknown): void;
}

/**
 * Asks the application for a token, and calls the asker back once. One that is late must not hold everything up for
 * ever, nor open a second connection when it comes.
 * @returns calls it off: the asker is not called back any more
 */
export function askToken(token: NonNullable<BusOptions['token']>, clock: Clock, asker: Asker): () => void {
  let isOver = false;
  const callOff = (): void => {
    isOver = true;
    stopClock();
  };
  const fail = (error: unknown): void => {
    if (isOver) return;
    callOff();
    asker.failed(error);
  };
  const stopClock = clock.later(TIMES.silenceMs, () => {
    fail(new ZerospanError('timeout', `token() took longer than ${TIMES.silenceMs} ms`));
  });
  const ask = async (): Promise<string> => token();
  ask().then((answer: unknown) => {
    if (isOver) return;
    if (typeof answer !== 'string') return fail(new TypeError('token() answers a string'));
    callOff();
    asker.given(answer);
  }, fail);
  return callOff;
}

/** What is known of a token that did not come. */
export function tokenClue(error: unknown): Clue {
  if (error instanceof ZerospanError && error.code === 'timeout')
    return { code: 'timeout', reason: error.message };
  const words = error instanceof Error ? error.message : String(error);
  return { code: 'token-failed', reason: `token() failed: ${words}`, cause: error };
}
