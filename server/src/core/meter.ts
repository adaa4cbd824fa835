/** One figure that an operator can watch. Labels are few and fixed: never the name of a channel or a client. */
export interface Meter {
  /** As Prometheus names it: `zerospan_…`, counters ending in `_total`. */
  readonly name: string;
  readonly help: string;
  readonly kind: 'counter' | 'gauge';
  /** Name of its one label, if it has one. */
  readonly label?: string;
  /** Read when asked for: value by label, with `''` as the label of a meter that has none. */
  read(): Iterable<readonly [label: string, value: number]>;
}

/** A meter without a label. */
export function meter(kind: Meter['kind'], name: string, help: string, value: () => number): Meter {
  return { kind, name, help, read: () => [['', value()]] };
}
