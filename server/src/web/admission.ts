/** How long letting clients in may hold the event loop before others have a turn, in ms. */
const SLICE_MS = 4;

/**
 * Lets in those who come, a few in each turn of the event loop. After a restart thousands come at once, and the upgrades that one turn
 * reads would hold up everybody who is connected: measured, a publication waited 150 to 460 ms for five thousand of them.
 */
export class Admission {
  #waiting: (() => void)[] = [];
  #scheduled = false;

  /** @param go lets one in; called in a later turn, in the order in which they came */
  enter(go: () => void): void {
    this.#waiting.push(go);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#run());
  }

  #run(): void {
    this.#scheduled = false;
    const untilMs = performance.now() + SLICE_MS;
    const waiting = this.#waiting;
    let admitted = 0;
    while (admitted < waiting.length) {
      waiting[admitted++]?.();
      if (performance.now() > untilMs) break;
    }
    this.#waiting = waiting.slice(admitted);
    if (this.#waiting.length > 0) this.#schedule();
  }
}
