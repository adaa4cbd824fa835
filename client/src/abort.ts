import { ZerospanError } from '@zerospan/shared';

/** Calls `action` once when the signal aborts, at once if it has. Answers how to stop listening. */
export function onAbort(signal: AbortSignal | undefined, action: (error: ZerospanError) => void): () => void {
  if (signal === undefined) return () => {};
  const abort = (): void => action(aborted(signal));
  if (signal.aborted) {
    abort();
    return () => {};
  }
  signal.addEventListener('abort', abort, { once: true });
  return () => signal.removeEventListener('abort', abort);
}

export function aborted(signal: AbortSignal): ZerospanError {
  return new ZerospanError('aborted', undefined, { cause: signal.reason });
}
