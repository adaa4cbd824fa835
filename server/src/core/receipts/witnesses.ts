import type { Want } from '../log/log.ts';
import type { Home, Witness } from './witness.ts';

/** Those who have still to answer for one session, or for a client that is away. */
export class Witnesses implements Home {
  readonly #onEmpty: (() => void) | undefined;
  /** Made when needed: most sessions never see a receipt. */
  #all: Set<Witness> | undefined;

  /** @param onEmpty called when the last one leaves */
  constructor(onEmpty?: () => void) {
    this.#onEmpty = onEmpty;
  }

  get none(): boolean {
    return this.#all === undefined;
  }

  /** Called by the witness. */
  add(witness: Witness): void {
    this.#all ??= new Set();
    this.#all.add(witness);
  }

  /** Called by the witness. */
  remove(witness: Witness): void {
    this.#all?.delete(witness);
    if (this.#all?.size !== 0) return;
    this.#all = undefined;
    this.#onEmpty?.();
  }

  acked(offset: number): void {
    this.#each((witness) => witness.acked(offset));
  }

  passed(after: number, upTo: number, written: readonly number[], wants: readonly Want[]): void {
    this.#each((witness) => witness.passed(after, upTo, written, wants));
  }

  dropped(gone: Want, writtenTo: number, others: readonly Want[]): void {
    this.#each((witness) => witness.dropped(gone, writtenTo, others));
  }

  resumed(subscriptions: readonly Want[], replayed: readonly Want[]): void {
    this.#each((witness) => witness.resumed(subscriptions, replayed));
  }

  moveTo(home: Witnesses): void {
    this.#each((witness) => witness.moveTo(home));
  }

  #each(visit: (witness: Witness) => void): void {
    // They leave while they are visited, which a Set allows.
    if (this.#all) for (const witness of this.#all) visit(witness);
  }
}
