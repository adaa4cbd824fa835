import { ZerospanError } from '@zerospan/shared';
import { ZEROMQ_USER } from '../../sharing/fair-share.ts';
import type { Hot } from '../hot/hot.ts';
import type { Append, Appended, AppendGap, Log, Taker } from '../log.ts';
import type { Store, StoreAppended, StoreRecord } from '../store.ts';
import { answerOf, OwnGap, OwnPut } from './own-records.ts';
import { type RememberedPuts, storedKeyOf } from './remembered.ts';
import { UnderWay } from './under-way.ts';

/** What the log has in memory: both are others in another epoch. */
interface Known {
  hot(): Hot;
  puts(): RememberedPuts;
}

/** What this process appends to a log over a store, until it is answered. */
export class OwnAppends {
  readonly #store: Pick<Store, 'append'>;
  readonly #log: Pick<Log, 'epoch' | 'now' | 'elapsed'>;
  readonly #known: Known;
  readonly #underWay = new UnderWay();
  readonly #isHeld = (channel: string): boolean => this.#known.hot().holds(channel);

  constructor(store: Pick<Store, 'append'>, log: Pick<Log, 'epoch' | 'now' | 'elapsed'>, known: Known) {
    this.#store = store;
    this.#log = log;
    this.#known = known;
  }

  append(entry: Append): Appended | Promise<Appended> {
    const { putKey } = entry;
    const key = putKey && storedKeyOf(putKey, entry);
    const pending = key && this.#underWay.answerTo(key);
    if (pending) return pending;
    const before = putKey && this.#known.puts().find(putKey, entry, this.#log.elapsed());
    if (before) return before;
    this.#admit(entry);
    const answer = answerOf((settler) => this.#send(new OwnPut(entry, key, this.#log.epoch, true, settler)));
    if (key) this.#underWay.answers(key, answer);
    return answer;
  }

  take<E extends Append>(entry: E, taker: Taker<E>): void {
    this.#admit(entry);
    this.#send(new OwnPut(entry, undefined, this.#log.epoch, false, taker));
  }

  appendGap(gap: AppendGap): Promise<Appended> {
    const { epoch } = this.#log;
    return answerOf((settler) => this.#store.append(new OwnGap(gap, epoch, settler), this.#log.now()));
  }

  /** A record is written: its channels are held from now on, whatever others bring. */
  written(record: StoreRecord): void {
    if (record instanceof OwnPut) this.#underWay.written(record);
  }

  appended(record: StoreRecord, place: StoreAppended): void {
    if (!(record instanceof OwnPut || record instanceof OwnGap)) return;
    // Its offsets, of either epoch, could be taken for those of the other one (P10).
    if (record.epoch !== this.#log.epoch) this.failed(record, new ZerospanError('outcome-unknown'));
    else record.appended(place);
  }

  failed(record: StoreRecord, error: unknown): void {
    if (record instanceof OwnGap) record.failed(error);
    if (!(record instanceof OwnPut)) return;
    const { key, user, epoch } = record;
    const isUnknown = error instanceof ZerospanError && error.code === 'outcome-unknown';
    // Of the epochs before nobody knows anything, and in this one it may have been written.
    if (key && isUnknown && epoch === this.#log.epoch)
      this.#known.puts().keep(key, user, undefined, this.#log.elapsed());
    this.#underWay.failed(record);
    record.failed(error);
  }

  /** Most channels are held already. */
  #admit({ channels, user = ZEROMQ_USER }: Append): void {
    if (!channels.every(this.#isHeld)) this.#known.hot().admit(channels, user, this.#underWay.coming);
  }

  #send(put: OwnPut): void {
    this.#underWay.comes(put, this.#isHeld);
    this.#store.append(put, this.#log.now());
  }
}
