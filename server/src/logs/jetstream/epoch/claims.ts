/**
 * A node has claimed a source: from here on, only what it read under this claim counts, until the next one on the same
 * source.
 */
export interface SourceClaim {
  readonly source: string;
  /** What records carry that were read under it: no other claim has the same. */
  readonly fence: number;
  /** Sequence of the message that says it first; null: this very message. */
  readonly since: number | null;
  /** The same of the first claim that there ever was on this source. */
  readonly first: number | null;
}

/** What the record of an epoch says of claims. */
export interface Claims {
  /** Up to this sequence, also what was read under a claim that is not known counts; null: that of this message. */
  readonly from: number | null;
  /** In the order in which they came. */
  readonly all: readonly SourceClaim[];
}

/** The same, in its place. */
export interface PlacedClaims extends Claims {
  readonly from: number;
  readonly all: readonly (SourceClaim & { readonly since: number; readonly first: number })[];
}

/** Most claims that a record says; beyond, those go first that do not stand any more. */
const CLAIMS_MOST = 512;

/** Those of an epoch that begins. */
export const NO_CLAIMS: Claims = { from: null, all: [] };

/** Another claim behind those that there are. */
export function claimed({ from, all }: PlacedClaims, source: string, fence: number): Claims {
  const before = all.find((claim) => claim.source === source);
  const next: SourceClaim[] = [...all, { source, fence, since: null, first: before?.first ?? null }];
  if (next.length <= CLAIMS_MOST) return { from, all: next };
  const isOver = (claim: SourceClaim, at: number): boolean =>
    next.some((other, i) => i > at && other.source === claim.source);
  const at = Math.max(next.findIndex(isOver), 0);
  const [gone] = next.splice(at, 1);
  // What was read under it counts up to the one that took its place, and is not known by its name any more.
  const heir = next.find((claim, i) => i >= at && claim.source === gone?.source);
  if (!heir) return { from, all: next };
  return { from: heir.since === null ? null : Math.max(from, heir.since), all: next };
}

/** Undefined: these are no claims. @param sequence of the message that says it */
export function readClaims(said: unknown, sequence: number): PlacedClaims | undefined {
  // Records without them were written before there were any.
  if (said === undefined) return { from: sequence, all: [] };
  const { from, all } = (said ?? {}) as Partial<Record<keyof Claims, unknown>>;
  if (!isPlace(from) || !Array.isArray(all) || !all.every(isClaim)) return undefined;
  return {
    from: from ?? sequence,
    all: all.map(({ source, fence, since, first }) => ({
      source,
      fence,
      since: since ?? sequence,
      first: first ?? sequence,
    })),
  };
}

function isClaim(said: unknown): said is SourceClaim {
  if (typeof said !== 'object' || said === null) return false;
  const { source, fence, since, first } = said as Partial<Record<keyof SourceClaim, unknown>>;
  return typeof source === 'string' && isCount(fence) && isPlace(since) && isPlace(first);
}

function isPlace(value: unknown): value is number | null {
  return value === null || isCount(value);
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
