import type { Clue, Ending } from './failures/failure.ts';

/** Shorter quiet times say nothing: connections break in them by chance, in ms. */
const LEAST_MS = 3_000;

/** By how much two quiet times may differ and still be the same idle timeout of a proxy. */
const ALIKE = 0.1;

/** Notices that live connections break after the same quiet time again: a proxy in front ends those that are idle. */
export class IdleCuts {
  #beforeMs: number | undefined;

  /** The clue to this end, or a better one. */
  seen(clue: Clue, { stage, quietMs }: Ending): Clue {
    if (stage !== 'live' || clue.code !== 'connection-lost') return clue;
    const beforeMs = this.#beforeMs ?? 0;
    this.#beforeMs = quietMs;
    const isAlike = Math.abs(quietMs - beforeMs) <= ALIKE * quietMs;
    if (quietMs < LEAST_MS || !isAlike) return clue;
    return { code: 'idle-cut', detail: `after ${Math.round(quietMs / 1_000)} s` };
  }
}
