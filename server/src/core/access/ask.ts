import type { Clock } from '@zerospan/shared';
import type { Gate, Identity, Visitor } from './gate.ts';

/** How long a gate may take for its answer, in ms. */
export const GATE_MS = 10_000;

/** What an answer of the gate comes to. */
export interface Asked {
  admitted(identity: Identity): void;
  /** With a ZerospanError, or with a failure of the gate's own. */
  rejected(error: unknown): void;
}

/**
 * Asks a gate for the identity behind this token, and calls `asked` once: in this very turn if the gate answers without
 * a promise.
 * @returns calls it off: `asked` is not called any more
 */
export function ask(
  gate: Gate,
  clock: Clock,
  token: string | undefined,
  visitor: Visitor,
  asked: Asked,
): () => void {
  let answer: Promise<Identity> | Identity;
  try {
    answer = gate.admit(token, visitor);
  } catch (error) {
    asked.rejected(error);
    return () => {};
  }
  const admitted = (identity: Identity): void => {
    try {
      asked.admitted(identity);
    } catch (error) {
      // An application's own gate may answer anything. Thrown from here, it would be the end of the process.
      asked.rejected(error);
    }
  };
  if (!isPromise(answer)) {
    admitted(answer);
    return () => {};
  }
  let isOver = false;
  const once = (settle: () => void): void => {
    if (isOver) return;
    callOff();
    settle();
  };
  const stopClock = clock.later(GATE_MS, () =>
    once(() => asked.rejected(new Error(`the gate has not answered within ${GATE_MS} ms`))),
  );
  const callOff = (): void => {
    isOver = true;
    stopClock();
  };
  answer.then(
    (identity) => once(() => admitted(identity)),
    (error: unknown) => once(() => asked.rejected(error)),
  );
  return callOff;
}

function isPromise(answer: Promise<Identity> | Identity): answer is Promise<Identity> {
  return typeof answer === 'object' && answer !== null && 'then' in answer;
}
