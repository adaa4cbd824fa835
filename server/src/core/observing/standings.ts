import type { Clock, LagStep, ServerStatus } from '@zerospan/shared';
import type { Connection, Connections } from '../connections.ts';

/** Sessions, by whether they take part in fan-out or read the log. */
export interface Standings {
  readonly live: number;
  readonly behind: number;
}

/** Counts the sessions of all connections in one turn: 10,000 take less than a millisecond. */
export function standingsOf(connections: Iterable<Pick<Connection, 'session'>>): Standings {
  let live = 0;
  let behind = 0;
  for (const { session } of connections) {
    if (session?.standing === 'live') live++;
    else if (session) behind++;
  }
  return { live, behind };
}

/** Most offsets below the head of each step but the last. */
const LAG_STEPS = [0, 10, 100, 1_000, 10_000] as const;

/** Counts the sessions of all connections by how many offsets their applications are below the head. */
export function lagsOf(connections: Iterable<Pick<Connection, 'session'>>, head: number): LagStep[] {
  const counts = new Array<number>(LAG_STEPS.length + 1).fill(0);
  for (const { session } of connections) {
    if (!session) continue;
    const lag = head - session.reached;
    const step = LAG_STEPS.findIndex((most) => lag <= most);
    const at = step < 0 ? LAG_STEPS.length : step;
    counts[at] = (counts[at] as number) + 1;
  }
  return counts.map((sessions, at) => ({ most: LAG_STEPS[at] ?? null, sessions }));
}

/** Up to this number of connections, their sessions are counted each time. */
const FEW_CONNECTIONS = 1_000;

/** How long counts of more of them hold, in ms for each connection: five seconds for 10,000. */
const HOLD_MS_A_CONNECTION = 0.5;

/**
 * The sessions of a bus by how they stand, for its status. A count reads many places of memory for each session: with
 * 10,000 of them it was nine tenths of what a status costs.
 */
export class SessionCounts {
  readonly #clock: Pick<Clock, 'elapsed'>;
  readonly #connections: Pick<Connections, 'all' | 'size'>;
  readonly #head: () => number;
  #last: { readonly counts: ServerStatus['sessions']; readonly atMs: number } | undefined;

  /** @param head the newest offset that lags are counted from */
  constructor(
    clock: Pick<Clock, 'elapsed'>,
    connections: Pick<Connections, 'all' | 'size'>,
    head: () => number,
  ) {
    this.#clock = clock;
    this.#connections = connections;
    this.#head = head;
  }

  read(): ServerStatus['sessions'] {
    const connections = this.#connections;
    const { size } = connections;
    const nowMs = this.#clock.elapsed();
    if (this.#last && size > FEW_CONNECTIONS && nowMs - this.#last.atMs < size * HOLD_MS_A_CONNECTION)
      return this.#last.counts;
    const counts = { ...standingsOf(connections.all), lag: lagsOf(connections.all, this.#head()) };
    this.#last = { counts, atMs: nowMs };
    return counts;
  }
}
