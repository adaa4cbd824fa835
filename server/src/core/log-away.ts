import type { Clock } from '@zerospan/shared';
import type { LogState, StateChange } from './log/log.ts';

/** In these a client does not receive what others put: nobody can put, or it does not come. */
const AWAY: ReadonlySet<LogState> = new Set<LogState>(['away', 'failed']);

/** Since when the log is away: every beat says it, so that a client knows that what it shows may be old. */
export class LogAway {
  readonly #clock: Clock;
  #sinceMs: number | undefined;

  /** @param state as the log is opened */
  constructor(clock: Clock, state: LogState) {
    this.#clock = clock;
    if (AWAY.has(state)) this.#sinceMs = clock.elapsed();
  }

  /** What a beat says of it; undefined: nothing, the log is there. */
  get said(): { readonly logAwayMs: number } | undefined {
    if (this.#sinceMs === undefined) return undefined;
    return { logAwayMs: Math.max(Math.round(this.#clock.elapsed() - this.#sinceMs), 0) };
  }

  /** Answers whether the log has gone away, or is back: the next beat may be too far off to say it. */
  changed({ state, sinceMs }: StateChange): boolean {
    const wasAway = this.#sinceMs !== undefined;
    const isAway = AWAY.has(state);
    // One that goes from away to failed has been away since before.
    this.#sinceMs = isAway ? (this.#sinceMs ?? sinceMs ?? this.#clock.elapsed()) : undefined;
    return isAway !== wasAway;
  }
}
