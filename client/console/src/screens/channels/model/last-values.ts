import type { Bus, Publication, View } from '@zerospan/client';
import { Tick } from '../../../data/tick.ts';

/** Names are followed when the rows have stood still for this long, in ms: a scroll goes by thousands. */
const REST_MS = 250;
/** Values kept of what was visible before. */
const KEPT = 500;

/** The newest publication of each of the channels that are visible. */
export class LastValues {
  readonly tick = new Tick(100);
  readonly #bus: Bus;
  readonly #known = new Map<string, Publication>();
  #view: View | undefined;
  #leave = (): void => {};
  #names = '';
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  get(channel: string): Publication | undefined {
    return this.#view?.get(channel) ?? this.#known.get(channel);
  }

  /** @param names those that the person may read, of the visible rows */
  follow(names: readonly string[]): void {
    const key = [...names].toSorted().join('\n');
    if (key === this.#names) return;
    this.#names = key;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#open(names), REST_MS);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#leave();
    void this.#view?.close();
  }

  #open(names: readonly string[]): void {
    this.#leave();
    const before = this.#view;
    for (const [channel, publication] of before?.entries ?? []) {
      this.#known.delete(channel);
      this.#known.set(channel, publication);
    }
    for (const channel of this.#known.keys()) {
      if (this.#known.size <= KEPT) break;
      this.#known.delete(channel);
    }
    void before?.close();
    this.#view = undefined;
    if (names.length === 0) return;
    const view = this.#bus.view(names);
    // Without a grant the column stays empty.
    view.ready.catch(() => {});
    this.#view = view;
    this.#leave = view.subscribe(() => this.tick.changed());
  }
}
