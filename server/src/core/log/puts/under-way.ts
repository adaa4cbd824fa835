import { ZerospanError } from '@zerospan/shared';
import { ZEROMQ_USER } from '../../sharing/fair-share.ts';
import type { Append, Appended } from '../log.ts';
import type { PutRecord, StoredKey } from '../store.ts';
import { Coming } from './coming.ts';
import { keyOf } from './remembered.ts';

/** A put of this process on its way to a store, with what no store keeps. */
export class OwnPut implements PutRecord {
  readonly kind = 'put';
  readonly channels: readonly string[];
  readonly payload: Uint8Array;
  readonly republish: boolean;
  readonly user: string;
  readonly key: StoredKey | undefined;
  readonly origin: string | undefined;
  readonly tally: Append['tally'];
  /** Its channels of which nothing was held when it was appended, until it is written. */
  coming: readonly string[] = [];

  constructor(entry: Append, key: StoredKey | undefined) {
    const { channels, payload, republish, user = ZEROMQ_USER, origin, tally } = entry;
    this.channels = channels;
    // The caller may write over its own before the store has come to it.
    this.payload = Buffer.from(payload);
    this.republish = republish;
    this.user = user;
    this.key = key;
    this.origin = origin;
    this.tally = tally;
  }
}

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

  /** A put will be answered. */
  answers({ key }: OwnPut, answer: Promise<Appended>): void {
    if (!key) return;
    this.#pending.set(keyOf(key), { fingerprint: key.fingerprint, answer });
    const settled = (): unknown => this.#pending.delete(keyOf(key));
    answer.then(settled, settled);
  }

  /** Notes the channels of a put that nothing is held of. */
  comes(put: OwnPut, isHeld: (channel: string) => boolean): void {
    put.coming = put.channels.filter((channel) => !isHeld(channel));
    for (const channel of put.coming) this.coming.add(channel, put.user);
  }

  /** The put is written: its channels are held from now on, whatever other puts bring. */
  written(put: OwnPut): void {
    for (const channel of put.coming) this.coming.clear(channel);
    put.coming = [];
  }

  /** The put will not be written. */
  failed(put: OwnPut): void {
    for (const channel of put.coming) this.coming.remove(channel, put.user);
    put.coming = [];
  }
}
