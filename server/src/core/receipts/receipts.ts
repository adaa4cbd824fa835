import type { Clock, Confirm, Confirmation, ConfirmedChannel } from '@zerospan/shared';
import type { Cohorts } from '../fanout/cohorts.ts';
import type { Interest, PutKey } from '../log/log.ts';
import { REMEMBERED } from '../log/puts/remembered.ts';
import { FairQueue } from '../sharing/fair-queue.ts';
import { FairShare } from '../sharing/fair-share.ts';
import { Claim } from './claim.ts';
import { Absences } from './naming/absences.ts';
import { asAsked } from './naming/answer.ts';
import { Naming, type NamingBus } from './naming/naming.ts';
import type { Receipt } from './receipt.ts';
import { bytesOf } from './recipients.ts';
import { Witnesses } from './witnesses.ts';

/** Answers kept for clients that lost their connection before they received them, counted in channels. */
const KEPT_CHANNELS = 50_000;

/** What a put has come to that asked who got it. */
export interface Accepted {
  /** undefined: it is never sent again. */
  readonly putKey: PutKey | undefined;
  /** In the order of the put. */
  readonly channels: readonly {
    readonly channel: string;
    readonly offset: number;
    readonly sessions: number;
  }[];
  /** Whether it had been appended before, and was only answered again. */
  readonly again: boolean;
}

/** An answer that is kept. */
interface Kept {
  readonly key: string;
  /** When nobody can ask for it again, because the log does not remember the put any more. */
  readonly untilMs: number;
}

interface Open {
  readonly receipt: Receipt;
  readonly outcome: Promise<Confirmation>;
  end(): void;
}

/** What receipts use of the bus. */
export type ReceiptsBus = Omit<NamingBus, 'absences'> & { readonly clock: Clock; readonly cohorts: Cohorts };

/**
 * Who got what was put, for puts that ask for it. A receipt waits for the acks of all sessions that matched the put in
 * the turn of fan-out; a client that loses its connection meanwhile may come back, and is counted once.
 */
export class Receipts {
  /** Clients that have no session, and had one a short while ago. */
  readonly absences: Absences;
  readonly #bus: ReceiptsBus;
  readonly #open = new Map<string, Open>();
  /** Those that nobody answers any more, whose names are gathered. */
  #naming = 0;
  #keyless = 0;
  /** The latest answers. */
  readonly #kept = new Map<string, Promise<Confirmation>>();
  /** The same, oldest first. */
  readonly #latest: FairQueue<Kept>;
  readonly #away = new Map<string, Witnesses>();
  /** Bytes. */
  readonly #share: FairShare;

  /** @param most bytes that all receipts together may take while they wait */
  constructor(bus: ReceiptsBus, most: number) {
    this.#bus = bus;
    this.absences = new Absences(bus.clock);
    this.#share = new FairShare(most);
    this.#latest = new FairQueue(KEPT_CHANNELS, ({ value }) => this.#kept.delete(value.key));
  }

  /** How many receipts wait for answers, or are written. */
  get pending(): number {
    return this.#open.size + this.#naming;
  }

  /** How many sessions they wait for, in all. */
  get open(): number {
    let open = 0;
    for (const { receipt } of this.#open.values()) open += receipt.open;
    return open;
  }

  /** Clients that have left with something to answer for. */
  get away(): number {
    return this.#away.size;
  }

  /** What those that wait take of memory. */
  get bytes(): number {
    return this.#share.taken;
  }

  /** Channels of answers that are kept. */
  get kept(): number {
    return this.#latest.weight;
  }

  /**
   * Takes memory for a receipt, for the sessions that are subscribed to these channels now: of many puts in one chunk
   * none is appended before all have been checked.
   * @param isNamed whether it names the sessions
   * @returns undefined when it would take more than all receipts, or this user's, may
   */
  reserve(user: string, channels: readonly string[], isNamed = false): Claim | undefined {
    const { cohorts } = this.#bus;
    const bytes = bytesOf(cohorts, channels, this.#share.roomFor(user), isNamed);
    if (bytes === undefined) return undefined;
    this.#share.take(user, bytes);
    const naming = isNamed ? new Naming({ ...this.#bus, absences: this.absences }) : undefined;
    return new Claim(user, channels, bytes, { cohorts, share: this.#share }, naming);
  }

  /**
   * Resolves when every session that matched it has answered, or after `timeoutMs`. To be called in the turn in which
   * the put is accepted. The same put again is given the same answer, as long as it is kept.
   * @param claim what was reserved for it; undefined: there was no room
   */
  confirm(accepted: Accepted, claim: Claim | undefined, { timeoutMs, who }: Confirm): Promise<Confirmation> {
    const { putKey, channels, again } = accepted;
    const key = putKey ? `${putKey.client}\n${putKey.id}` : `\n${++this.#keyless}`;
    const known = this.#open.get(key)?.outcome ?? this.#kept.get(key);
    if (claim && !known && !again) return this.#start(key, putKey && channels.length, claim, timeoutMs);
    claim?.giveUp();
    // The sessions that matched it when it was appended are unknown by now: those that match it now did not answer for
    // it.
    const outcome = known ?? Promise.resolve(unknown(channels));
    return outcome.then((confirmation) => asAsked(confirmation, who === true));
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
    subscriptions: readonly Interest[],
    replayed: readonly Interest[],
  ): void {
    this.#away.get(client)?.moveTo(witnesses);
    witnesses.resumed(subscriptions, replayed);
  }

  /** Lets go of answers that nobody can ask for any more. To be called every few seconds. */
  pulse(): void {
    this.absences.pulse();
    const nowMs = this.#bus.clock.elapsed();
    for (let oldest = this.#latest.oldest; oldest !== undefined; oldest = this.#latest.oldest) {
      if (oldest.value.untilMs > nowMs) return;
      this.#latest.remove(oldest);
      this.#kept.delete(oldest.value.key);
    }
  }

  /** Ends them all with what is known: the server stops. */
  stop(): void {
    for (const open of this.#open.values()) open.end();
  }

  /** @param channels how many to keep the answer of; undefined: nobody can ask for it again */
  #start(key: string, channels: number | undefined, claim: Claim, timeoutMs: number): Promise<Confirmation> {
    const receipt = claim.accepted();
    const { user } = claim;
    let settle: () => void = () => undefined;
    const outcome = new Promise<Confirmation>((resolve, reject) => {
      let callOff: () => void = () => undefined;
      settle = () => {
        callOff();
        this.#open.delete(key);
        const counts = receipt.end();
        const { naming } = receipt;
        const over = (): void => this.#share.release(user, receipt.bytes);
        if (naming) this.#name(naming, counts).finally(over).then(resolve, reject);
        else {
          resolve({ channels: counts });
          over();
        }
        if (channels !== undefined) this.#keep(key, user, outcome, channels + (naming?.weight ?? 0));
      };
      callOff = this.#bus.clock.later(timeoutMs, settle);
    });
    claim.onSettled = settle;
    this.#open.set(key, { receipt, outcome, end: settle });
    if (receipt.open === 0) settle();
    return outcome;
  }

  async #name(naming: Naming, counts: readonly ConfirmedChannel[]): Promise<Confirmation> {
    this.#naming += 1;
    try {
      return await naming.answer(counts);
    } finally {
      this.#naming -= 1;
    }
  }

  #keep(key: string, user: string, outcome: Promise<Confirmation>, weight: number): void {
    this.#kept.set(key, outcome);
    this.#latest.add(user, weight, { key, untilMs: this.#bus.clock.elapsed() + REMEMBERED.ageMs });
    this.#latest.makeRoom(user);
  }
}

function unknown(channels: Accepted['channels']): Confirmation {
  return {
    channels: channels.map(({ channel, offset, sessions }) => ({
      channel,
      offset,
      confirmed: 0,
      skipped: 0,
      unanswered: sessions,
    })),
  };
}
