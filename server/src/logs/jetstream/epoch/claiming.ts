import { randomInt } from 'node:crypto';
import type { Clock } from '@zerospan/shared';
import type { Incoming } from '../following/incoming.ts';
import { StreamFault } from '../stream.ts';
import { type Claim, claimEpoch } from './claim.ts';
import { claimed } from './claims.ts';
import { saidAgain } from './record.ts';

/** A claim that has not come back by then is given up: the caller tries again. */
const BACK_MS = 5_000;

/** Drawn from this range, two claims never have the same. */
const FENCES = 2 ** 47;

export interface ClaimingParts {
  readonly claim: Claim;
  readonly clock: Clock;
  readonly incoming: Pick<Incoming, 'arrivals' | 'head' | 'record'>;
  /** Resolves when another message has come, or some time has passed. */
  readonly next: () => Promise<void>;
}

/** What a node has to know of a source before it reads it. */
export interface ClaimedSource {
  /** What is appended of it has to carry this. */
  readonly fence: number;
  /** The channels on which it has sent something before, and may have sent more that nobody has read. */
  readonly carried: readonly string[] | 'every';
}

/**
 * Claims sources for this node, one at a time. A claim stands in the stream: what others append of the source behind it
 * is left out, wherever they believe to be.
 */
export class Claiming {
  readonly #parts: ClaimingParts;
  #chain: Promise<unknown> = Promise.resolve();

  constructor(parts: ClaimingParts) {
    this.#parts = parts;
  }

  /** Resolves when the claim stands, and all that was appended before it is known here. */
  run(source: string): Promise<ClaimedSource> {
    const done = this.#chain.then(() => this.#claim(source));
    this.#chain = done.catch(() => undefined);
    return done;
  }

  async #claim(source: string): Promise<ClaimedSource> {
    const { claim, clock, incoming, next } = this.#parts;
    const fence = randomInt(1, FENCES);
    const record = await claimEpoch(claim, (found = incoming.record) =>
      found.claims.all.some((each) => each.fence === fence)
        ? undefined
        : { ...saidAgain(found), claims: claimed(found.claims, source, fence) },
    );
    const untilMs = clock.elapsed() + BACK_MS;
    while (incoming.head.sequence < record.sequence) {
      if (clock.elapsed() >= untilMs) throw new StreamFault('away', 'a claim has not come back');
      await next();
    }
    return { fence, carried: incoming.arrivals.carriedBy(source) };
  }
}
