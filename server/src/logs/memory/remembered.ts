import { createHash } from 'node:crypto';
import { ZerospanError } from '@zerospan/shared';
import type { Append, Appended, PutKey } from '../../core/log/log.ts';

interface Remembered {
  readonly appended: Appended;
  readonly fingerprint: string;
}

interface Place {
  readonly key: string;
  readonly time: number;
  readonly weight: number;
}

export interface RememberedBounds {
  /** Most puts and channels of puts, counted together. */
  readonly weight: number;
  /** Longest time in ms. */
  readonly ageMs: number;
}

/** Five minutes of puts: far longer than a client needs to come back and ask again, ten times what a half-open connection lasts. */
export const REMEMBERED: RememberedBounds = { weight: 200_000, ageMs: 300_000 };

/** What became of the latest puts, so that one that is sent again is answered again, and not appended again. */
export class RememberedPuts {
  readonly #bounds: RememberedBounds;
  readonly #byKey = new Map<string, Remembered>();
  #places: Place[] = [];
  #first = 0;
  #weight = 0;
  #forgotten = 0;
  /** Time of the newest put that was forgotten: of older ones it is not known whether they ever came. */
  #forgottenMs = Number.NEGATIVE_INFINITY;

  constructor(bounds: RememberedBounds) {
    this.#bounds = bounds;
  }

  get count(): number {
    return this.#byKey.size;
  }

  /** How many were forgotten before their time, because there were too many. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /**
   * What this put came to, if it came before; undefined if it never did.
   * @throws ZerospanError `put-conflict` if another put came with this key, `outcome-unknown` if it may have come but is forgotten
   */
  find(key: PutKey, entry: Append, nowMs: number): Appended | undefined {
    this.#expire(nowMs);
    const known = this.#byKey.get(keyOf(key));
    if (known) {
      if (known.fingerprint === fingerprintOf(entry)) return { ...known.appended, again: true };
      throw new ZerospanError('put-conflict');
    }
    if (key.firstSentMs !== undefined && key.firstSentMs <= this.#forgottenMs) {
      throw new ZerospanError(
        'outcome-unknown',
        'It was sent so long ago that it is not known any more whether it was appended.',
      );
    }
    return undefined;
  }

  add(key: PutKey, entry: Append, appended: Appended): void {
    const place = { key: keyOf(key), time: appended.time, weight: 1 + appended.offsets.length };
    this.#byKey.set(place.key, { appended, fingerprint: fingerprintOf(entry) });
    this.#places.push(place);
    this.#weight += place.weight;
    this.#expire(appended.time);
  }

  #expire(nowMs: number): void {
    for (;;) {
      const oldest = this.#places[this.#first];
      const isOld = oldest !== undefined && oldest.time < nowMs - this.#bounds.ageMs;
      if (!oldest || (this.#weight <= this.#bounds.weight && !isOld)) break;
      if (!isOld) this.#forgotten++;
      this.#byKey.delete(oldest.key);
      this.#weight -= oldest.weight;
      this.#forgottenMs = oldest.time;
      this.#first++;
    }
    if (this.#first < 1_024 || this.#first * 2 < this.#places.length) return;
    this.#places = this.#places.slice(this.#first);
    this.#first = 0;
  }
}

/** A client's id has no line feed. */
function keyOf({ client, id }: PutKey): string {
  return `${client}\n${id}`;
}

/** What makes two puts the same: their channels in order, and every byte of the payload. */
function fingerprintOf({ channels, payload }: Append): string {
  return createHash('sha1').update(JSON.stringify(channels)).update(payload).digest('base64');
}
