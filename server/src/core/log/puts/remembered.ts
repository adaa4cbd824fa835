import { createHash } from 'node:crypto';
import { ZerospanError } from '@zerospan/shared';
import { FairQueue } from '../../sharing/fair-queue.ts';
import { NATIVE_USER } from '../../sharing/fair-share.ts';
import type { Append, Appended, PutKey } from '../log.ts';
import { Forgotten } from './forgotten.ts';

interface Remembered {
  readonly key: string;
  readonly appended: Appended;
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
  readonly #byKey = new Map<string, Remembered>();
  readonly #queue: FairQueue<Remembered>;
  readonly #unknown: Forgotten;
  #forgotten = 0;

  constructor({ weight, ageMs }: RememberedBounds) {
    this.#ageMs = ageMs;
    this.#unknown = new Forgotten(ageMs);
    this.#queue = new FairQueue(weight, ({ user, value }) => {
      this.#forgotten++;
      this.#byKey.delete(value.key);
      this.#unknown.crowdedOut({ user, isMobile: value.isMobile }, value.atMs);
    });
  }

  get count(): number {
    return this.#queue.count;
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
    const known = this.#byKey.get(keyOf(key));
    if (known) {
      if (known.fingerprint === fingerprintOf(entry)) return { ...known.appended, again: true };
      throw new ZerospanError('put-conflict');
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
    const key = keyOf(putKey);
    const weight = 1 + appended.offsets.length;
    const isMobile = putKey.isMobile === true;
    const put = { key, appended, atMs: nowMs, fingerprint: fingerprintOf(entry), isMobile };
    this.#byKey.set(key, put);
    this.#queue.add(userOf(entry), weight, put);
    this.#queue.makeRoom(userOf(entry));
    this.#expire(nowMs);
  }

  #expire(nowMs: number): void {
    this.#unknown.look(nowMs);
    for (;;) {
      const { oldest } = this.#queue;
      if (!oldest || oldest.value.atMs >= nowMs - this.#ageMs) return;
      this.#queue.remove(oldest);
      this.#byKey.delete(oldest.value.key);
      this.#unknown.aged(oldest.value.atMs);
    }
  }
}

function userOf({ user = NATIVE_USER }: Append): string {
  return user;
}

/** A client's id has no line feed. */
function keyOf({ client, id }: PutKey): string {
  return `${client}\n${id}`;
}

/** What makes two puts the same: their channels in order, and every byte of the payload. */
function fingerprintOf({ channels, payload }: Append): string {
  return createHash('sha1').update(JSON.stringify(channels)).update(payload).digest('base64');
}
