/** Who is called when a source becomes this node's, or is not any more. */
export interface LeaseHolder {
  /** It is this node's from now on. */
  taken(): void;
  /** It is not any more. */
  lost(): void;
}

/** A source that this node reads, or would read. */
export interface Lease {
  /** Whether it is this node's right now. */
  readonly isMine: boolean;
  /** Gives it up for good: nothing is called from then on. Resolves when another node may take it, or after seconds. */
  release(): Promise<void>;
}

/**
 * PORT: which of several nodes reads a source. `test/contract/source-leases.contract.ts` holds every implementation to
 * these sentences.
 *
 * - Of all nodes that hold the same source, one MUST be given it within 5 s, also when the one that had it is gone
 *   without a word.
 * - `isMine` MUST turn false before another node can be given the source, by a clock that nobody sets and that goes on
 *   while the process stands still, and without anything being called before.
 * - `taken` and `lost` MUST be called in turn, beginning with `taken`, and not before `hold` has returned.
 * - A lease is a hint all the same, as clocks may differ: what counts of a source, its claims say.
 */
export interface SourceLeases {
  hold(source: string, holder: LeaseHolder): Lease;
}

/** What stands in the log of a source that is read from now on. */
export interface Claim {
  /** What is taken of it has to carry this: what another node takes of it, under an older claim, is left out. */
  readonly fence: number;
  /** The channels on which it has sent something before, and may have sent more that nobody has read. */
  readonly carried: readonly string[] | 'every';
}

/** PORT: claims of this node on sources, in the order of the log. */
export interface SourceClaims {
  /** Resolves when it stands. Rejects where the log does not answer: it may be tried again. */
  claim(source: string): Promise<Claim>;
}

/** How nodes share sources; a server that is alone has all of its own. */
export interface SourceSharing {
  readonly leases: SourceLeases;
  readonly claims: SourceClaims;
  /** What all nodes call the source at an address. */
  readonly nameOf: (address: string) => string;
}
