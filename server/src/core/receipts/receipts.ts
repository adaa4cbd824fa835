import type { Clock, ConfirmedChannel } from '@zerospan/shared';
import type { Cohort } from '../fanout/cohort.ts';
import type { Cohorts } from '../fanout/cohorts.ts';
import type { PutKey, Want } from '../log/log.ts';
import { type Crowd, Receipt } from './receipt.ts';
import { Witnesses } from './witnesses.ts';

/** Sessions that all receipts together may wait for; a put that asks for more is refused. */
const WITNESSES_MOST = 1_000_000;

/** Answers kept for a client that lost its connection before it was told, counted in channels. */
const KEPT_CHANNELS = 50_000;

/** What a put has come to that asked who got it. */
export interface Accepted {
  readonly putKey: PutKey;
  /** In the order of the put. */
  readonly channels: readonly {
    readonly channel: string;
    readonly offset: number;
    readonly sessions: number;
  }[];
  /** Whether it had been appended before, and was only answered again. */
  readonly again: boolean;
}

interface Open {
  readonly receipt: Receipt;
  readonly outcome: Promise<ConfirmedChannel[]>;
  end(): void;
}

interface Kept {
  readonly outcome: Promise<ConfirmedChannel[]>;
  readonly channels: number;
}

/**
 * Who got what was put, for those who asked. A receipt waits for the acks of all sessions that wanted the put when it was
 * appended; a client that loses its connection meanwhile may come back, and is counted once.
 */
export class Receipts {
  readonly #clock: Clock;
  readonly #cohorts: Cohorts;
  readonly #open = new Map<string, Open>();
  /** The latest answers, the oldest first. */
  readonly #kept = new Map<string, Kept>();
  #keptChannels = 0;
  readonly #away = new Map<string, Witnesses>();

  constructor(clock: Clock, cohorts: Cohorts) {
    this.#clock = clock;
    this.#cohorts = cohorts;
  }

  /** How many receipts wait for answers. */
  get pending(): number {
    return this.#open.size;
  }

  /** How many sessions they wait for, in all. */
  get open(): number {
    let open = 0;
    for (const { receipt } of this.#open.values()) open += receipt.open;
    return open;
  }

  /** Who wants these channels now; undefined when all receipts together would wait for more sessions than may be waited for. */
  crowd(channels: readonly string[]): Crowd | undefined {
    const wanted = new Map<Cohort, number[]>();
    for (const [index, channel] of channels.entries()) {
      this.#cohorts.each(channel, (cohort) => {
        const indexes = wanted.get(cohort);
        if (indexes) indexes.push(index);
        else wanted.set(cohort, [index]);
      });
    }
    const crowd = [...wanted].map(([{ wanting }, indexes]) => ({ members: [...wanting], indexes }));
    let witnesses = this.open;
    for (const { members } of crowd) witnesses += members.length;
    return witnesses > WITNESSES_MOST ? undefined : crowd;
  }

  /**
   * Resolves when every session of the crowd has answered, or after `timeoutMs`. To be called in the turn in which the put was accepted.
   * The same put again is given the same answer, as long as it is kept.
   */
  confirm(
    { putKey, channels, again }: Accepted,
    crowd: Crowd | undefined,
    timeoutMs: number,
  ): Promise<ConfirmedChannel[]> {
    const key = `${putKey.client}\n${putKey.id}`;
    const known = this.#open.get(key)?.outcome ?? this.#kept.get(key)?.outcome;
    if (known) return known;
    // Who wanted it when it was appended, nobody knows any more: those who want it now did not answer for it.
    if (again || !crowd) return Promise.resolve(channels.map(unanswered));
    return this.#start(key, channels, crowd, timeoutMs);
  }

  /** A client has lost its connection: its witnesses wait for it. */
  left(client: string, witnesses: Witnesses): void {
    if (witnesses.none) return;
    const away = this.#away.get(client) ?? new Witnesses(() => this.#away.delete(client));
    this.#away.set(client, away);
    witnesses.moveTo(away);
  }

  /**
   * A client has come back: its witnesses go on with its new session.
   * @param replayed those of its subscriptions that have no position, as far as their history reaches
   */
  back(
    client: string,
    witnesses: Witnesses,
    subscriptions: readonly Want[],
    replayed: readonly Want[],
  ): void {
    this.#away.get(client)?.moveTo(witnesses);
    witnesses.resumed(subscriptions, replayed);
  }

  /** Ends them all with what is known: the server stops. */
  stop(): void {
    for (const open of this.#open.values()) open.end();
  }

  #start(
    key: string,
    channels: Accepted['channels'],
    crowd: Crowd,
    timeoutMs: number,
  ): Promise<ConfirmedChannel[]> {
    let settle: () => void = () => undefined;
    const receipt = new Receipt(channels, crowd, () => settle());
    const outcome = new Promise<ConfirmedChannel[]>((resolve) => {
      let callOff: () => void = () => undefined;
      settle = () => {
        callOff();
        this.#open.delete(key);
        this.#keep(key, outcome, channels.length);
        resolve(receipt.end());
      };
      callOff = this.#clock.later(timeoutMs, settle);
    });
    this.#open.set(key, { receipt, outcome, end: settle });
    if (receipt.open === 0) settle();
    return outcome;
  }

  #keep(key: string, outcome: Promise<ConfirmedChannel[]>, channels: number): void {
    this.#kept.set(key, { outcome, channels });
    this.#keptChannels += channels;
    for (const [oldest, { channels: gone }] of this.#kept) {
      if (this.#keptChannels <= KEPT_CHANNELS) break;
      this.#kept.delete(oldest);
      this.#keptChannels -= gone;
    }
  }
}

function unanswered({ channel, offset, sessions }: Accepted['channels'][number]): ConfirmedChannel {
  return { channel, offset, confirmed: 0, skipped: 0, unanswered: sessions };
}
