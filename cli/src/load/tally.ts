import { type Counts, Histogram } from './histogram.ts';
import type { Stamps } from './stamp.ts';
import { nowUs } from './stamp.ts';

/** What the sockets of one process received since the last report. */
export interface TallySummary {
  readonly publications: number;
  /** Bytes read, whatever they were. */
  readonly bytes: number;
  /** Publications whose offset was not above that of the one before on the same socket. */
  readonly disordered: number;
  readonly gaps: number;
  /** Sockets that have been closed, since the beginning. */
  readonly closed: number;
  /** How old publications were, in µs. */
  readonly delays: Counts;
}

/** What all sockets of one process receive, counted together. */
export class Tally {
  bytes = 0;
  publications = 0;
  disordered = 0;
  gaps = 0;
  closed = 0;
  readonly #delays = new Histogram();
  readonly #stamps: Stamps;
  #readUs = 0;

  constructor(stamps: Stamps) {
    this.#stamps = stamps;
  }

  /** A socket has read something: what comes now has come at this moment. */
  reading(bytes: number): void {
    this.bytes += bytes;
    this.#readUs = nowUs();
  }

  /** One publication, whose payload ends at `end`. */
  publication(data: Uint8Array, end: number): void {
    this.publications++;
    this.#delays.add(this.#stamps.ageUs(data, end, this.#readUs));
  }

  /** What came since it was last asked. */
  summary(): TallySummary {
    const { publications, bytes, disordered, gaps, closed } = this;
    const delays = this.#delays.counts();
    this.publications = 0;
    this.bytes = 0;
    this.disordered = 0;
    this.gaps = 0;
    this.#delays.clear();
    return { publications, bytes, disordered, gaps, closed, delays };
  }
}
