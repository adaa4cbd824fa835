import { ZerospanError } from '@zerospan/shared';

type Action = (error: ZerospanError) => void;

/** What waits for each signal, behind one listener: Node warns of a leak from the eleventh on one signal. */
const waiting = new WeakMap<AbortSignal, Set<Action>>();

/** Calls `action` once when the signal aborts, at once if it has. Answers how to stop listening. */
export function onAbort(signal: AbortSignal | undefined, action: Action): () => void {
  if (signal === undefined) return () => {};
  if (signal.aborted) {
    action(aborted(signal));
    return () => {};
  }
  const actions = waiting.get(signal) ?? listenTo(signal);
  // Wrapped, so that an action may wait twice.
  const own: Action = (error) => action(error);
  actions.add(own);
  return () => actions.delete(own);
}

export function aborted(signal: AbortSignal): ZerospanError {
  return new ZerospanError('aborted', undefined, { cause: signal.reason });
}

/** The listener stays for as long as the signal: it holds nothing but what waits. */
function listenTo(signal: AbortSignal): Set<Action> {
  const actions = new Set<Action>();
  waiting.set(signal, actions);
  const abort = (): void => {
    for (const action of actions) action(aborted(signal));
    actions.clear();
  };
  signal.addEventListener('abort', abort, { once: true });
  return actions;
}
