import { sharedMs } from '../clock.ts';
import { RawSession } from '../raw-session.ts';
import type { Samples } from '../samples.ts';

/** What all sockets of a process have in common. */
export interface RawWish {
  readonly port: number;
  readonly channel: string;
  /** Where to resume; left out: from now on. */
  readonly resume?: { readonly epoch: string; readonly offset: number };
}

/** A quarter of the window of `zerospan.v1`, in bytes: an ack is due then (A1). */
const ACK_BYTES = 256 * 1024;

/** The delay of one publication in this many is measured: reading them all would cost more than receiving them. */
const ONE_IN = 10;

/**
 * One client with one subscription, which acks. Counts what it is given, for itself alone, and can resume: load's own
 * dialogue does neither.
 */
export class RawSubscriber {
  readonly #session: RawSession;
  readonly #delays: Samples;
  state: 'opening' | 'subscribed' | 'closed' = 'opening';
  received = 0;
  /** Publications whose offset was not above the one before. */
  disordered = 0;
  gaps = 0;
  closeCode: number | undefined;
  #offset: number;
  #bytes = 0;
  #ackedBytes = 0;

  constructor({ port, channel, resume }: RawWish, delays: Samples) {
    this.#delays = delays;
    this.#offset = resume?.offset ?? 0;
    this.#session = new RawSession(port, {
      opened: () => ({
        acks: true,
        ...(resume ? { epoch: resume.epoch } : {}),
        subscriptions: [{ id: 1, channels: [channel], ...(resume ? { after: resume.offset } : {}) }],
      }),
      control: (message) => {
        if ('subscribed' in message) this.state = 'subscribed';
        if ('gap' in message) this.gaps++;
      },
      publication: (data, at, end) => this.#take(data, at, end),
      closed: (code) => {
        this.state = 'closed';
        this.closeCode = code;
      },
    });
  }

  /** Acknowledges what has come since the last time. */
  ack(): void {
    if (this.#bytes === this.#ackedBytes || !this.#session.isOpen) return;
    this.#ackedBytes = this.#bytes;
    this.#session.say(`{"ack":{"offset":${this.#offset},"bytes":${this.#bytes}}}`);
  }

  #take(data: Buffer, at: number, end: number): void {
    let offset = 0;
    for (let i = at; data[i] !== 0x20; i++) offset = offset * 10 + (data[i] as number) - 0x30;
    if (offset <= this.#offset) this.disordered++;
    this.#offset = offset;
    this.#bytes += end - at;
    if (this.received++ % ONE_IN === 0) {
      const sent = /"at":([\d.]+)/.exec(data.toString('latin1', at, Math.min(at + 120, end)))?.[1];
      if (sent) this.#delays.add(sharedMs() - Number(sent));
    }
    if (this.#bytes - this.#ackedBytes >= ACK_BYTES) this.ack();
  }
}
