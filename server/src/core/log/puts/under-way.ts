import { ZerospanError } from '@zerospan/shared';
import type { Appended } from '../log.ts';
import type { StoredKey } from '../store.ts';
import { Coming } from './coming.ts';
import { NONE, type OwnPut } from './own-records.ts';
import { keyOf } from './remembered.ts';

/** A put that is not answered yet. */
interface Pending {
  readonly fingerprint: string;
  readonly answer: Promise<Appended>;
}

/** Puts that a store has been given and has not answered. The caller of `append` bounds their number. */
export class UnderWay {
  readonly #pending = new Map<string, Pending>();
  readonly coming = new Coming();

  /**
   * The answer to the put under way that has this key; undefined where there is none.
   * @throws ZerospanError `put-conflict` if that is another put
   */
  answerTo(key: StoredKey): Promise<Appended> | undefined {
    const pending = this.#pending.get(keyOf(key));
    if (!pending) return undefined;
    if (pending.fingerprint !== key.fingerprint) throw new ZerospanError('put-conflict');
    return pending.answer.then((appended) => ({ ...appended, again: true }));
  }

  /** The put that has this key will be answered. */
  answers(key: StoredKey, answer: Promise<Appended>): void {
    this.#pending.set(keyOf(key), { fingerprint: key.fingerprint, answer });
    const settled = (): unknown => this.#pending.delete(keyOf(key));
    answer.then(settled, settled);
  }

  /** Notes the channels of a put that nothing is held of. */
  comes(put: OwnPut, isHeld: (channel: string) => boolean): void {
    if (put.channels.every(isHeld)) return;
    put.coming = put.channels.filter((channel) => !isHeld(channel));
    for (const channel of put.coming) this.coming.add(channel, put.user);
  }

  /** The put is written: its channels are held from now on, whatever other puts bring. */
  written(put: OwnPut): void {
    for (const channel of put.coming) this.coming.clear(channel);
    put.coming = NONE;
  }

  /** The put will not be written. */
  failed(put: OwnPut): void {
    for (const channel of put.coming) this.coming.remove(channel, put.user);
    put.coming = NONE;
  }
}
