import type { Cohorts } from '../fanout/cohorts.ts';
import type { FairShare } from '../sharing/fair-share.ts';
import type { Naming } from './naming/naming.ts';
import type { PutChannel } from './places.ts';
import { Receipt } from './receipt.ts';
import { ownBytesOf, RecipientsOfATurn } from './recipients.ts';

/**
 * The receipt of a put that is not accepted yet. Its memory was taken before the append, for the sessions that were
 * subscribed to its channels then; those that have to answer are found as fan-out takes its entries. Sessions that
 * subscribed meanwhile and that no memory is left for are not asked, and count as unanswered.
 */
export class Claim {
  readonly user: string;
  readonly receipt: Receipt;
  /** Called when the last one has answered: set once the put is accepted. */
  onSettled: (() => void) | undefined;
  readonly #cohorts: Cohorts;
  readonly #share: FairShare;
  /** Taken of the share and not used yet. */
  #left: number;
  #recipients: RecipientsOfATurn | undefined;
  #isOver = false;

  /** @param bytes taken of the share for it @param naming of a receipt that names its sessions */
  constructor(
    user: string,
    channels: readonly string[],
    bytes: number,
    { cohorts, share }: { readonly cohorts: Cohorts; readonly share: FairShare },
    naming?: Naming,
  ) {
    this.user = user;
    this.#cohorts = cohorts;
    this.#share = share;
    const own = ownBytesOf(channels);
    this.#left = bytes - own;
    const listener = {
      settled: () => this.onSettled?.(),
      grew: (more: number) => (more > 0 ? share.take(user, more) : share.release(user, -more)),
    };
    this.receipt = new Receipt(own, listener, naming);
  }

  /** What it takes of memory, used or not. */
  get bytes(): number {
    return this.receipt.bytes + this.#left;
  }

  /** Fan-out takes the put's next entry. */
  take(channel: PutChannel): void {
    if (this.#isOver) return;
    const isNamed = this.receipt.naming !== undefined;
    this.#recipients ??= new RecipientsOfATurn(this.#cohorts, (bytes) => this.#affords(bytes), isNamed);
    this.#recipients.take(channel);
  }

  /** Fan-out takes no more of it in this turn: who was found has to answer from now on. */
  pause(): void {
    const recipients = this.#recipients;
    this.#recipients = undefined;
    if (recipients) this.receipt.add(recipients.whole);
  }

  /** All of its entries are taken: what was taken of memory and is not used is free again. */
  accepted(): Receipt {
    this.#release();
    return this.receipt;
  }

  /** Its put has no receipt of its own, or is not accepted. */
  giveUp(): void {
    if (this.#isOver) return;
    this.#release();
    this.receipt.end();
    this.#share.release(this.user, this.receipt.bytes);
  }

  #release(): void {
    this.pause();
    this.#isOver = true;
    this.#share.release(this.user, this.#left);
    this.#left = 0;
  }

  #affords(bytes: number): boolean {
    const more = bytes - this.#left;
    if (more > 0) {
      if (!this.#share.hasRoom(this.user, more)) return false;
      this.#share.take(this.user, more);
    }
    this.#left = Math.max(this.#left - bytes, 0);
    this.receipt.bytes += bytes;
    return true;
  }
}
