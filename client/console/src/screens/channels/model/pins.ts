import { signal } from '@preact/signals';

/** More than these would be a list of their own. */
const MOST = 20;

/** Channels that the person keeps at the top, in this browser. */
export class Pins {
  readonly names = signal<readonly string[]>([]);
  readonly #place: string;

  /** @param path of the console: several servers may have one origin */
  constructor(path: string) {
    this.#place = `zerospan.pins ${path}`;
    try {
      const kept: unknown = JSON.parse(localStorage.getItem(this.#place) ?? '[]');
      if (Array.isArray(kept)) this.names.value = kept.filter((each) => typeof each === 'string');
    } catch {
      // What something else has written there is none of ours.
    }
  }

  has(name: string): boolean {
    return this.names.value.includes(name);
  }

  toggle(name: string): void {
    const others = this.names.peek().filter((each) => each !== name);
    this.names.value = others.length < this.names.peek().length ? others : [name, ...others].slice(0, MOST);
    localStorage.setItem(this.#place, JSON.stringify(this.names.peek()));
  }
}
