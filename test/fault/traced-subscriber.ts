import type { Bus, Filter, SubscribeOptions, Subscriber } from '@zerospan/client';
import { toFilterSet } from '@zerospan/shared';
import { hashOf, soundMessage } from './message.ts';
import type { TraceWriter } from './trace.ts';

/** What subscribers of one bus have asked for on the wire, in the order in which they asked. */
export class Asked {
  readonly #trace: TraceWriter;
  readonly #bus: string;
  readonly #asks: { readonly s: string; readonly a: number; granted: boolean }[] = [];
  #epoch = '';

  constructor(bus: string, trace: TraceWriter) {
    this.#bus = bus;
    this.#trace = trace;
  }

  add(s: string, a: number): void {
    this.#asks.push({ s, a, granted: false });
  }

  welcomed(epoch: string): void {
    this.#epoch = epoch;
    this.#trace.write({ t: 'welcome', b: this.#bus, epoch });
  }

  /** The client numbers its subscriptions from 1, in the order in which they are asked for. */
  subscribed(id: number, offset: number): void {
    const ask = this.#asks[id - 1];
    if (ask === undefined || ask.granted) return;
    ask.granted = true;
    this.#trace.write({ t: 'granted', s: ask.s, a: ask.a, e: this.#epoch, o: offset });
  }
}

export type Style = { readonly by: 'listening' } | { readonly by: 'reading'; readonly pauseMs: () => number };

export interface Wish extends SubscribeOptions {
  readonly filters: Filter | readonly Filter[];
}

/** A subscriber of the client that writes down all that it asks for and is given. */
export class TracedSubscriber {
  readonly name: string;
  readonly #subscriber: Subscriber;
  readonly #trace: TraceWriter;
  readonly #asked: Asked;
  #asks = 0;
  closed = false;

  constructor(name: string, bus: Bus, wish: Wish, style: Style, trace: TraceWriter, asked: Asked) {
    this.name = name;
    this.#trace = trace;
    this.#asked = asked;
    const { filters, ...options } = wish;
    this.#subscriber = bus.subscribe(this.#ask(filters, options), options);
    this.#subscriber.ready.catch(() => {});
    this.#subscriber.on('gap', (gap) => trace.write({ t: 'gap', s: name, gap }));
    this.#subscriber.on('close', (error) => {
      // What it asked for is its end, too.
      if (error?.code === 'lag' && wish.onLag === 'close') this.close();
      else if (error && !this.closed) trace.write({ t: 'ended', s: name, code: error.code });
    });
    if (style.by === 'listening')
      this.#subscriber.on('publication', (publication) => this.#given(publication));
    else void this.#read(style.pauseMs);
  }

  add(filters: Filter | readonly Filter[]): void {
    this.#subscriber.add(this.#ask(filters, {})).catch(() => {});
  }

  remove(filters: Filter | readonly Filter[]): void {
    this.#trace.write({ t: 'removed', s: this.name, set: toFilterSet(filters) });
    this.#subscriber.remove(filters).catch(() => {});
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#trace.write({ t: 'closed', s: this.name });
    void this.#subscriber.close();
  }

  /**
   * Answers the filters and a channel of its own, which nobody puts on: equal ones would share one subscription of the
   * wire, and no trace could say where each of them begins. What is shared is played by the model.
   */
  #ask(asked: Filter | readonly Filter[], { replay, onLag }: SubscribeOptions): readonly Filter[] {
    const own = `own.${this.name}.${this.#asks}`;
    const filters: readonly Filter[] = [...(Array.isArray(asked) ? asked : [asked as Filter]), own];
    const line = { t: 'asked', s: this.name, a: this.#asks, set: toFilterSet(filters) } as const;
    this.#trace.write({ ...line, ...(replay && { replay }), ...(onLag && { onLag }) });
    this.#asked.add(this.name, this.#asks);
    this.#asks++;
    return filters;
  }

  async #read(pauseMs: () => number): Promise<void> {
    try {
      for await (const publication of this.#subscriber) {
        this.#given(publication);
        await new Promise((resolve) => setTimeout(resolve, pauseMs()));
      }
    } catch {
      // Told by its `close` event.
    }
  }

  #given({ epoch, offset, channel, text }: { epoch: string; offset: number; channel: string; text: string }) {
    const ok = soundMessage(text) !== undefined;
    this.#trace.write({ t: 'given', s: this.name, e: epoch, o: offset, c: channel, h: hashOf(text), ok });
  }
}
