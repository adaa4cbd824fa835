import { Bus, type Gap, type Position, type Publication, type Subscriber } from '@zerospan/client';
import { sharedMs } from '../clock.ts';
import type { Samples } from '../samples.ts';
import { Line } from './line.ts';

/** A gap, and where it was reported. */
export interface ReportedGap extends Gap {
  /** Offset of the publication that was received before it. */
  readonly before: number;
}

/** What one client reports. */
export interface Account {
  readonly state: Bus['state'];
  /** When it was live last, by the shared clock. */
  readonly liveAtMs: number;
  readonly position: Position | null;
  readonly received: number;
  /** The number of the message that it received last. */
  readonly last: number;
  /** Publications whose offset was not above the one before, in the same epoch. */
  readonly disordered: number;
  readonly gaps: readonly ReportedGap[];
}

/**
 * A client with one subscriber, which keeps account of what it is given. Messages are `{ n, at, … }`: a number, and
 * when it was put.
 */
export class Listener {
  readonly line = new Line();
  readonly #bus: Bus;
  readonly #subscriber: Subscriber;
  readonly #delays: Samples;
  readonly #recoveries: Samples;
  readonly #gaps: ReportedGap[] = [];
  #liveAtMs = 0;
  #received = 0;
  #last = 0;
  #disordered = 0;
  #offset = 0;
  #epoch = '';
  /** When the last one came of those that had been put before the line was open again; undefined: none yet. */
  #recoveredAtMs: number | undefined;

  /**
   * @param delays from put to delivery
   * @param recoveries from an open connection to the last publication that was put before
   */
  constructor(url: string, channels: readonly string[], delays: Samples, recoveries: Samples) {
    this.#delays = delays;
    this.#recoveries = recoveries;
    this.#bus = new Bus(url, { WebSocket: this.line.Socket });
    this.#bus.on('state', (state) => this.#is(state));
    // Refused connections are what is measured.
    this.#bus.on('error', () => undefined);
    this.#subscriber = this.#bus.subscribe(channels);
    this.#subscriber.on('publication', (publication) => this.#take(publication));
    this.#subscriber.on('gap', (gap) => this.#gaps.push({ ...gap, before: this.#offset }));
  }

  get ready(): Promise<void> {
    return this.#subscriber.ready;
  }

  get account(): Account {
    return {
      state: this.#bus.state,
      liveAtMs: this.#liveAtMs,
      position: this.#bus.position ?? null,
      received: this.#received,
      last: this.#last,
      disordered: this.#disordered,
      gaps: this.#gaps,
    };
  }

  /** The line is lost: what comes from now on until it is there again is none of the recovery's. */
  cut(): void {
    this.settle();
    this.line.cut();
  }

  /** Notes how long the last recovery took, if there was one and it gave something. */
  settle(): void {
    if (this.#recoveredAtMs !== undefined) this.#recoveries.add(this.#recoveredAtMs - this.line.openedAtMs);
    this.#recoveredAtMs = undefined;
  }

  #is(state: Bus['state']): void {
    if (state === 'live') this.#liveAtMs = sharedMs();
  }

  #take({ offset, epoch, message }: Publication): void {
    const { n = 0, at } = message as { n?: number; at?: number };
    if (epoch === this.#epoch && offset <= this.#offset) this.#disordered++;
    this.#epoch = epoch;
    this.#offset = offset;
    this.#received++;
    this.#last = n;
    if (at === undefined) return;
    const now = sharedMs();
    this.#delays.add(now - at);
    if (this.line.cuts > 0 && at < this.line.openedAtMs) this.#recoveredAtMs = now;
  }
}
