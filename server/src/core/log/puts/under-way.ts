import { ZerospanError } from '@zerospan/shared';
import { ZEROMQ_USER } from '../../sharing/fair-share.ts';
import type { Append, Appended, AppendGap } from '../log.ts';
import type { GapRecord, Placement, PutRecord, StoreAppended, StoredKey } from '../store.ts';
import { Coming } from './coming.ts';
import { keyOf } from './remembered.ts';

const NONE: readonly string[] = [];

/** Is told what became of an own record: a `Taker`, or who promised an answer. */
interface Settler<E> {
  taken(entry: E, place: StoreAppended): void;
  failed(entry: E, error: unknown): void;
}

/** A put of this process on its way to a store, with what no store keeps. */
export class OwnPut implements PutRecord {
  readonly kind = 'put';
  readonly channels: readonly string[];
  readonly payload: Uint8Array;
  readonly republish: boolean;
  readonly user: string;
  readonly key: StoredKey | undefined;
  readonly needsPromise: boolean;
  readonly origin: string | undefined;
  readonly tally: Append['tally'];
  /** In which epoch it was given to the store. */
  readonly epoch: string;
  readonly #entry: Append;
  readonly #settler: Settler<Append>;
  /** Its channels of which nothing was held when it was appended, until it is written. */
  coming: readonly string[] = NONE;

  /** @param needsPromise whether somebody is told that all holds that the log promises */
  constructor(
    entry: Append,
    key: StoredKey | undefined,
    epoch: string,
    needsPromise: boolean,
    settler: Settler<Append>,
  ) {
    const { channels, payload, republish, user = ZEROMQ_USER, origin, tally } = entry;
    this.channels = channels;
    this.payload = payload;
    this.republish = republish;
    this.user = user;
    this.key = key;
    this.needsPromise = needsPromise;
    this.origin = origin;
    this.tally = tally;
    this.epoch = epoch;
    this.#entry = entry;
    this.#settler = settler;
  }

  appended(place: StoreAppended): void {
    this.#settler.taken(this.#entry, place);
  }

  failed(error: unknown): void {
    this.#settler.failed(this.#entry, error);
  }
}

/** An upstream gap of this process on its way to a store. */
export class OwnGap implements GapRecord {
  readonly kind = 'gap';
  readonly channels: readonly string[];
  readonly missed: number | null;
  /** In which epoch it was given to the store. */
  readonly epoch: string;
  readonly #settler: Settler<AppendGap>;

  constructor({ channels, missed }: AppendGap, epoch: string, settler: Settler<AppendGap>) {
    this.channels = channels;
    this.missed = missed;
    this.epoch = epoch;
    this.#settler = settler;
  }

  appended(place: StoreAppended): void {
    this.#settler.taken(this, place);
  }

  failed(error: unknown): void {
    this.#settler.failed(this, error);
  }
}

/** The answer to an append, once its record is settled. @param send gives the record to the store */
export function answerOf(send: (settler: Settler<Pick<Append, 'channels'>>) => void): Promise<Appended> {
  return new Promise((resolve, reject) => {
    send({
      taken: ({ channels }, { again, ...place }) =>
        resolve({ ...appendedAt(channels, place), ...(again && { again }) }),
      failed: (_, error) => reject(error as Error),
    });
  });
}

/** @param place of its first channel */
export function appendedAt(channels: readonly string[], { offset, time }: Placement): Appended {
  return { time, offsets: channels.map((_, i) => offset + i) };
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
