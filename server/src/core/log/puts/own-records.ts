import { ZEROMQ_USER } from '../../sharing/fair-share.ts';
import type { Append, Appended, AppendGap } from '../log.ts';
import type { GapRecord, Placement, PutRecord, StoreAppended, StoredKey } from '../store.ts';

/** No channels. */
export const NONE: readonly string[] = [];

/** Receives what became of an own record: a `Taker`, or who promised an answer. */
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
  readonly fence: number | undefined;
  readonly origin: string | undefined;
  readonly tally: Append['tally'];
  /** In which epoch it was given to the store. */
  readonly epoch: string;
  readonly #entry: Append;
  readonly #settler: Settler<Append>;
  /** Its channels of which nothing was held when it was appended, until it is written. */
  coming: readonly string[] = NONE;

  /** @param needsPromise whether somebody waits until all holds that the log promises */
  constructor(
    entry: Append,
    key: StoredKey | undefined,
    epoch: string,
    needsPromise: boolean,
    settler: Settler<Append>,
  ) {
    const { channels, payload, republish, user = ZEROMQ_USER, origin, tally, fence } = entry;
    this.channels = channels;
    this.payload = payload;
    this.republish = republish;
    this.user = user;
    this.key = key;
    this.needsPromise = needsPromise;
    this.fence = fence;
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
