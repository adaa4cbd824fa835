/** Epochs whose numbers are known, the newest. */
const EPOCHS_MOST = 16;

/** Numbers the epochs that a log had since the server began: which of two came first, their names do not say. */
export class Eras {
  #epochs: readonly string[];
  /** The number of the present one. */
  #now = 1;

  constructor(epoch: string) {
    this.#epochs = [epoch];
  }

  get now(): number {
    return this.#now;
  }

  /** undefined: the log had it before, or never. */
  of(epoch: string): number | undefined {
    const at = this.#epochs.indexOf(epoch);
    return at < 0 ? undefined : this.#now - at;
  }

  begin(epoch: string): void {
    this.#now++;
    this.#epochs = [epoch, ...this.#epochs].slice(0, EPOCHS_MOST);
  }
}
