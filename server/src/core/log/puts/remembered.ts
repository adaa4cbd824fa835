import { createHash } from 'node:crypto';
import { ZerospanError } from '@zerospan/shared';
import { FairQueue, type Queued } from '../../sharing/fair-queue.ts';
import { ZEROMQ_USER } from '../../sharing/fair-share.ts';
import type { Append, Appended, PutKey } from '../log.ts';
import type { StoredKey } from '../store.ts';
import { Forgotten } from './forgotten.ts';
import type { FromBefore, PutFromBefore } from './from-before.ts';

interface Remembered {
  readonly key: string;
  /** undefined: whether it was appended is not known. */
  readonly appended: Appended | undefined;
  /** When it was appended, by the log's `elapsed`. */
  readonly atMs: number;
  readonly fingerprint: string;
  readonly isMobile: boolean;
}

export interface RememberedBounds {
  /** Most puts and channels of puts, counted together. */
  readonly weight: number;
  /** Longest time in ms. */
  readonly ageMs: number;
}

/**
 * Five minutes of puts: far longer than a client needs to come back and ask again, ten times what a half-open
 * connection lasts.
 */
export const REMEMBERED: RememberedBounds = { weight: 200_000, ageMs: 300_000 };

/**
 * What became of the latest puts, so that one that is sent again is answered again, and not appended again. A user that
 * puts more than its share makes the server forget its own.
 */
export class RememberedPuts {
  readonly #ageMs: number;
  readonly #byKey = new Map<string, Queued<Remembered>>();
  readonly #queue: FairQueue<Remembered>;
  readonly #unknown: Forgotten;
  /** Until the newest of them is too old: then they go together. */
  #before: FromBefore | undefined;
  /** Those of before this moment have been forgotten for their age. */
  #sinceMs = Number.NEGATIVE_INFINITY;
  #forgotten = 0;

  /** @param before what is remembered from before this start, beside what the weight is for */
  constructor({ weight, ageMs }: RememberedBounds, before?: FromBefore) {
    this.#ageMs = ageMs;
    this.#before = before;
    this.#unknown = new Forgotten(ageMs);
    this.#queue = new FairQueue(weight, ({ user, value }) => {
      this.#forgotten++;
      this.#byKey.delete(value.key);
      this.#unknown.crowdedOut({ user, isMobile: value.isMobile }, value.atMs);
    });
  }

  get count(): number {
    return this.#queue.count + (this.#before?.since(this.#sinceMs) ?? 0);
  }

  /** How many were forgotten before their time, because there were too many. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /**
   * What this put came to, if it came before; undefined if it never did.
   * @throws ZerospanError `put-conflict` if another put came with this key, `outcome-unknown` if it may have come but
   * is forgotten
   */
  find(key: PutKey, entry: Append, nowMs: number): Appended | undefined {
    this.#expire(nowMs);
    const known = this.#byKey.get(keyOf(key))?.value ?? this.#findBefore(key);
    if (known) {
      if (known.fingerprint !== fingerprintOf(entry)) throw new ZerospanError('put-conflict');
      if (known.appended) return { ...known.appended, again: true };
      throw new ZerospanError(
        'outcome-unknown',
        'The log failed while it appended this put, and cannot say whether it did.',
      );
    }
    const owner = { user: userOf(entry), isMobile: key.isMobile === true };
    if (key.firstSentMs !== undefined && key.firstSentMs <= this.#unknown.upTo(owner)) {
      throw new ZerospanError(
        'outcome-unknown',
        'It was sent so long ago that it is not known any more whether it was appended.',
      );
    }
    return undefined;
  }

  add(putKey: PutKey, entry: Append, appended: Appended, nowMs: number): void {
    this.keep(storedKeyOf(putKey, entry), userOf(entry), appended, nowMs);
    this.#expire(nowMs);
  }

  /**
   * Remembers a put under the key that it has in a store.
   * @param appended undefined: whether it was appended is not known
   */
  keep(stored: StoredKey, user: string, appended: Appended | undefined, atMs: number): void {
    const { fingerprint, isMobile } = stored;
    const key = keyOf(stored);
    const before = this.#byKey.get(key);
    if (before) this.#queue.remove(before);
    const weight = 1 + (appended?.offsets.length ?? 0);
    this.#byKey.set(key, this.#queue.add(user, weight, { key, appended, atMs, fingerprint, isMobile }));
    this.#queue.makeRoom(user);
  }

  /** Nothing is known of any put up to this moment, by the log's `elapsed`. */
  forgetUpTo(atMs: number): void {
    this.#unknown.aged(atMs);
  }

  #findBefore(key: PutKey): PutFromBefore | undefined {
    const put = this.#before?.find(key);
    if (!put || put.atMs >= this.#sinceMs) return put;
    // As if it had gone by itself.
    this.#unknown.aged(put.atMs);
    return undefined;
  }

  #expire(nowMs: number): void {
    this.#sinceMs = nowMs - this.#ageMs;
    this.#unknown.rotate(nowMs);
    if (this.#before && this.#before.newestMs < this.#sinceMs) {
      this.#unknown.aged(this.#before.newestMs);
      this.#before = undefined;
    }
    for (;;) {
      const { oldest } = this.#queue;
      if (!oldest || oldest.value.atMs >= this.#sinceMs) return;
      this.#queue.remove(oldest);
      this.#byKey.delete(oldest.value.key);
      this.#unknown.aged(oldest.value.atMs);
    }
  }
}

function userOf({ user = ZEROMQ_USER }: Append): string {
  return user;
}

/** A client's id has no line feed. */
export function keyOf({ client, id }: Pick<PutKey, 'client' | 'id'>): string {
  return `${client}\n${id}`;
}

export function storedKeyOf({ client, id, isMobile = false }: PutKey, entry: Append): StoredKey {
  return { client, id, fingerprint: fingerprintOf(entry), isMobile };
}

/** What makes two puts the same: their channels in order, and every byte of the payload. */
export function fingerprintOf({ channels, payload }: Append): string {
  return createHash('sha1').update(JSON.stringify(channels)).update(payload).digest('base64');
}
