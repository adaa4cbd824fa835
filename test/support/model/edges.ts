/**
 * How often the edges were reached that the small limits are there for: a search that never meets them shows nothing.
 */
export const EDGES = [
  'publications',
  'written live',
  'window full',
  'link full',
  'replays',
  'gaps retention',
  'gaps lag',
  'gaps lag without count',
  'gaps restart',
  'gaps queue',
  'upstream gaps',
  'lost upstream gaps',
  'left out for latest',
  'closed by lag',
  'confirmed',
  'confirmed skipped',
  'confirmed unanswered',
  'resumed',
  'joined before it was granted',
  'joined live',
  'acks lost',
  'answers lost',
  'puts sent again',
  'puts outcome-unknown',
  'puts refused draining',
  'old connections heard',
] as const;

/** The same of a log on disk. */
export const DISK_EDGES = [
  'started again',
  'found by a start',
  'lost with the power',
  'gaps of what may be lost',
  'segments sealed',
  'segments dropped',
  'indexes of dropped segments',
  'last publications kept',
] as const;

export type Edge = (typeof EDGES)[number] | (typeof DISK_EDGES)[number];

export class Edges {
  readonly #counts = new Map<Edge, number>();

  reached(edge: Edge, times = 1): void {
    this.#counts.set(edge, this.of(edge) + times);
  }

  of(edge: Edge): number {
    return this.#counts.get(edge) ?? 0;
  }

  add(other: Edges): void {
    for (const [edge, count] of other.#counts) this.reached(edge, count);
  }

  toString(): string {
    const reached = [...EDGES, ...DISK_EDGES.filter((edge) => this.of(edge) > 0)];
    return reached.map((edge) => `${edge} ${this.of(edge)}`).join(', ');
  }
}
