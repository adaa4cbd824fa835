interface Named {
  /** As Prometheus names it: `zerospan_…`, counters ending in `_total`. */
  readonly name: string;
  readonly help: string;
}

/** A figure, or one for each value of its one label. Read when asked for: value by label, `''` where it has none. */
export interface Count extends Named {
  readonly kind: 'counter' | 'gauge';
  readonly label?: string;
  read(): Iterable<readonly [label: string, value: number]>;
}

/** How figures of now are spread, such as one for each session. */
export interface Spread extends Named {
  readonly kind: 'spread';
  /** Upper bounds of the groups that figures are counted in. */
  readonly bounds: readonly number[];
  read(): Iterable<number>;
}

/** Something that an operator can watch. Labels are few and fixed: never the name of a channel or a client. */
export type Meter = Count | Spread;

/** A meter without a label. */
export function meter(kind: Count['kind'], name: string, help: string, value: () => number): Meter {
  return { kind, name, help, read: () => [['', value()]] };
}
