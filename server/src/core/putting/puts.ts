import { type AcceptedChannel, type Confirmation, type Limits, ZerospanError } from '@zerospan/shared';
import type { Requester } from '../access/requester.ts';
import type { Fanout } from '../fanout/fanout.ts';
import type { Append, Appended, Log } from '../log/log.ts';
import type { Receipts } from '../receipts/receipts.ts';
import type { BytesInFlight } from './bytes-in-flight.ts';
import { checkPut, type PutRequest } from './put-request.ts';
import { PutTally, type ZeroMqSubscribers } from './put-tally.ts';
import type { PutsInFlight } from './puts-in-flight.ts';

export interface PutOutcome {
  /** What its offsets are of: the log may be another one when it is answered. */
  readonly epoch: string;
  readonly time: number;
  readonly channels: readonly AcceptedChannel[];
  /** Where it was asked for: who got it, once that is known. */
  readonly confirmed?: Promise<Confirmation> | undefined;
}

/** Puts of all clients: checked whole before anything is appended, and answered only with what is true. */
export class Puts {
  readonly #log: Log;
  readonly #fanout: Fanout;
  readonly #zeroMq: ZeroMqSubscribers;
  readonly #receipts: Receipts;
  readonly #limits: Limits;
  /** What the log has not answered. */
  readonly bytesInFlight: BytesInFlight;
  /** Puts that the log has accepted, those sent again included. */
  accepted = 0;
  #draining = false;
  #inFlight = 0;

  constructor(
    log: Log,
    fanout: Fanout,
    zeroMq: ZeroMqSubscribers,
    receipts: Receipts,
    limits: Limits,
    bytesInFlight: BytesInFlight,
  ) {
    this.#log = log;
    this.#fanout = fanout;
    this.#zeroMq = zeroMq;
    this.#receipts = receipts;
    this.#limits = limits;
    this.bytesInFlight = bytesInFlight;
  }

  /** Puts that the log has not answered. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Rejects every put from now on. */
  drain(): void {
    this.#draining = true;
  }

  /**
   * Appends one publication to each channel, all or none.
   * @param mayConfirm whether its source may wait for one more receipt
   * @param inFlight counts what the log does not answer at once
   * @throws ZerospanError with a code that the protocol names for puts
   */
  async put(
    { user, access }: Pick<Requester, 'user' | 'access'>,
    request: PutRequest,
    mayConfirm: boolean,
    inFlight: Pick<PutsInFlight, 'began' | 'ended'>,
  ): Promise<PutOutcome> {
    if (this.#draining) throw new ZerospanError('draining');
    const names = [...new Set(request.channels)];
    checkPut(names, request, access, this.#limits);
    const { key: putKey, payload, confirm } = request;
    const claim =
      confirm && mayConfirm ? this.#receipts.reserve(user, names, confirm.who === true) : undefined;
    // One that is sent again may have been appended: it must be answered by what became of it.
    if (confirm && !claim && putKey?.firstSentMs === undefined) throw new ZerospanError('too-many-confirms');
    const { epoch } = this.#log;
    const tally = new PutTally(names.length, this.#fanout.cohorts, this.#zeroMq, claim);
    const entry = { user, putKey, channels: names, payload, republish: true, tally };
    const { time, offsets, again } = await this.#append(entry, inFlight).catch((fault: unknown) => {
      tally.giveUp();
      throw fault;
    });
    this.accepted += 1;
    const last = offsets.at(-1) ?? 0;
    // The counts are known once fan-out has taken all of it; a session that subscribes from then on is not given it.
    if (last > this.#fanout.head) await new Promise<void>((taken) => this.#fanout.whenAt(last, taken));
    const accepted = names.map((channel, i) => ({
      channel,
      offset: offsets[i] as number,
      ...tally.countOf(channel, i),
    }));
    tally.end();
    const put = { putKey, channels: accepted, again: again === true };
    const confirmed = confirm && this.#receipts.confirm(put, claim, confirm);
    return { epoch, time, channels: accepted, confirmed };
  }

  async #append(
    entry: Append & { readonly user: string },
    inFlight: Pick<PutsInFlight, 'began' | 'ended'>,
  ): Promise<Appended> {
    try {
      const appended = this.#log.append(entry);
      if (!(appended instanceof Promise)) return appended;
      this.#inFlight++;
      inFlight.began();
      const answered = this.bytesInFlight.took(entry.user, entry.payload.byteLength);
      return await appended.finally(() => {
        this.#inFlight--;
        inFlight.ended();
        answered();
      });
    } catch (cause) {
      if (cause instanceof ZerospanError) throw cause;
      throw new ZerospanError('log-failed', undefined, { cause });
    }
  }
}
