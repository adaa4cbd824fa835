import type { Clock } from '@zerospan/shared';
import { LogThrottle } from '../../log-throttle.ts';
import type { Logger } from '../ports.ts';
import type { Claim, Lease, SourceSharing } from './source-leases.ts';

/** A claim that could not be made is tried again after this. */
const AGAIN_MS = 1_000;

/** Reads a source, or leaves it to another node. */
export interface SourceReader {
  /** It is read from now on, as long as this is so. */
  begin(reading: Reading): void;
  /** It is not read any more, and what is unread is dropped. */
  end(): void;
}

/** What a source is read under. */
export interface Reading extends Claim {
  /** Whether it may be read right now. */
  readonly isMine: boolean;
}

/** One of `bus.sources` that several nodes could read: this one does while it has the lease, and under a claim. */
export class SharedSource {
  /** How many times another node may have taken it from this one. */
  lost = 0;
  readonly #address: string;
  readonly #name: string;
  readonly #sharing: SourceSharing;
  readonly #reader: SourceReader;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #throttle: LogThrottle;
  #lease: Lease;
  #reading: Reading | undefined;
  #isClaiming = false;
  /** How many times the lease was given to this node. */
  #turns = 0;
  #isOver = false;

  constructor(
    address: string,
    sharing: SourceSharing,
    reader: SourceReader,
    { logger, clock }: { readonly logger: Logger; readonly clock: Clock },
  ) {
    this.#address = address;
    this.#name = sharing.nameOf(address);
    this.#sharing = sharing;
    this.#reader = reader;
    this.#logger = logger;
    this.#clock = clock;
    this.#throttle = LogThrottle.ofKinds(clock);
    this.#lease = this.#hold();
  }

  /** Whether this node reads it. */
  get isRead(): boolean {
    return this.#reading?.isMine === true;
  }

  /** What was taken of it was left out of the log: another node has claimed it, whatever the lease says. */
  superseded(fence: number): void {
    if (this.#reading?.fence !== fence || this.#isOver) return;
    this.#end('the log has another claim');
    const lease = this.#lease;
    void lease.release().then(() => {
      if (!this.#isOver) this.#lease = this.#hold();
    });
  }

  /** The log has forgotten all claims: it is another one. */
  claimAgain(): void {
    if (this.#isOver) return;
    // A claim that is under way is one of the log before.
    this.#turns++;
    if (!this.#reading) return;
    this.#reading = undefined;
    this.#reader.end();
    void this.#claim();
  }

  /** Leaves it to others. What was taken of it is to be in the log by then: behind their claim it would be left out. */
  async close(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#reading = undefined;
    await this.#lease.release();
  }

  #hold(): Lease {
    return this.#sharing.leases.hold(this.#name, {
      taken: () => {
        this.#turns++;
        void this.#claim();
      },
      lost: () => this.#end('its lease has run out'),
    });
  }

  async #claim(): Promise<void> {
    if (this.#isClaiming) return;
    this.#isClaiming = true;
    while (!this.#reading && this.#lease.isMine && !this.#isOver) {
      try {
        const turn = this.#turns;
        const claim = await this.#sharing.claims.claim(this.#name);
        // In between it may have been another node's, whose claim then stands behind this one.
        if (turn === this.#turns) this.#begin(claim);
      } catch (error) {
        if (this.#throttle.due('claim') !== undefined)
          this.#logger.warn(
            { address: this.#address, err: error },
            'a source cannot be claimed; it is tried on',
          );
        await new Promise<void>((resolve) => this.#clock.later(AGAIN_MS, resolve));
      }
    }
    this.#isClaiming = false;
  }

  #begin(claim: Claim): void {
    const lease = this.#lease;
    if (!lease.isMine || this.#isOver) return;
    const reading: Reading = {
      ...claim,
      get isMine() {
        return lease.isMine;
      },
    };
    this.#reading = reading;
    this.#logger.info({ address: this.#address }, 'this node reads a source of the bus');
    this.#reader.begin(reading);
  }

  #end(why: string): void {
    if (!this.#reading) return;
    this.#reading = undefined;
    this.lost++;
    this.#logger.warn({ address: this.#address, why }, 'this node does not read a source any more');
    this.#reader.end();
  }
}
