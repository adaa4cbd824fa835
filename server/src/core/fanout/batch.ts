import type { Entry } from '../log/log.ts';
import type { Encoding } from './encoding.ts';

/**
 * The entries that a cohort has gathered since its last flush, as a chain. Cohorts of one encoding that gathered the
 * same sequence stand on the same link of the chain, so it is encoded once for all of them: a thousand sessions with a
 * common room and a private inbox each are a thousand cohorts, and the room's entries are still copied once.
 *
 * A publication is gathered by all its cohorts before the next one comes, so a link needs to know only its newest
 * successor.
 */
export class Batch {
  readonly #before: Batch | undefined;
  readonly #entry: Entry | undefined;
  /** Bytes of all texts up to here: what windows count. */
  readonly textBytes: number;
  readonly #count: number;
  #next: Batch | undefined;
  readonly encoding: Encoding;
  #encoded: Buffer | undefined;

  private constructor(encoding: Encoding, before?: Batch, entry?: Entry) {
    this.encoding = encoding;
    this.#before = before;
    this.#entry = entry;
    this.textBytes = (before?.textBytes ?? 0) + (entry?.textBytes ?? 0);
    this.#count = before ? before.#count + 1 : 0;
  }

  /** The beginning, where cohorts stand that have gathered nothing. */
  static empty(encoding: Encoding): Batch {
    return new Batch(encoding);
  }

  /** This sequence and one entry more: the same object for every cohort that asks. */
  with(entry: Entry): Batch {
    let next = this.#next;
    if (!next || next.#entry !== entry) {
      next = new Batch(this.encoding, this, entry);
      this.#next = next;
    }
    return next;
  }

  /** How many entries it has. */
  get count(): number {
    return this.#count;
  }

  /** Lets go of the newest successor, and with it of the entries of the last turn. */
  forget(): void {
    this.#next = undefined;
  }

  /** All of it as it is written to links, encoded at the first call. */
  get encoded(): Buffer {
    this.#encoded ??= this.encoding.encode(this.#entries());
    return this.#encoded;
  }

  #entries(): Entry[] {
    const entries = new Array<Entry>(this.#count);
    this.#fill(entries);
    for (let link = this.#before; link; link = link.#before) link.#fill(entries);
    return entries;
  }

  /** Puts its own entry at its place. */
  #fill(entries: Entry[]): void {
    if (this.#entry) entries[this.#count - 1] = this.#entry;
  }
}
