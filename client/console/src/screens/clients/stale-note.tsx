import type { ReadonlySignal } from '@preact/signals';
import type { Problem } from '../../data/api.ts';
import { duration } from '../../data/format.ts';

interface StaleNoteProps {
  readonly staleMs: ReadonlySignal<number | undefined>;
  readonly problem: ReadonlySignal<Problem | undefined>;
}

/** That what is shown is no longer of this moment, how old it is, and why. */
export function StaleNote({ staleMs, problem }: StaleNoteProps) {
  const ms = staleMs.value;
  if (ms === undefined) return null;
  const { message = 'The server is slow to answer.' } = problem.value ?? {};
  return (
    <span class="warn">
      {message} This is {duration(ms)} old.
    </span>
  );
}
