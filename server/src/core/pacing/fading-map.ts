/** Names checked with each one added: with two, those that are over go sooner than others come. */
const CHECKED = 2;

/**
 * What is known of names until it is over, which it comes to be by itself. Nothing is kept of a name for long after
 * that, and no name has a timer.
 */
export class FadingMap<Value> {
  readonly #isOver: (value: Value) => boolean;
  /** In the order in which they were set. */
  readonly #all = new Map<string, Value>();

  constructor(isOver: (value: Value) => boolean) {
    this.#isOver = isOver;
  }

  /** How many names something is known of. */
  get size(): number {
    return this.#all.size;
  }

  get(name: string): Value | undefined {
    return this.#all.get(name);
  }

  /** The name is the last one from now on. */
  set(name: string, value: Value): void {
    this.#all.delete(name);
    this.#all.set(name, value);
  }

  delete(name: string): void {
    this.#all.delete(name);
  }

  /** Forgets the first names if they are over, two at most. To be called before one is set. */
  forget(): void {
    let checked = 0;
    for (const [name, value] of this.#all) {
      if (checked++ === CHECKED || !this.#isOver(value)) return;
      this.#all.delete(name);
    }
  }
}
