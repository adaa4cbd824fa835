import { computed, signal } from '@preact/signals';
import { type Bus, type PutOptions, type PutResult, ZerospanError } from '@zerospan/client';
import { LIMITS, utf8Bytes } from '@zerospan/shared';
import { putsFor } from '../../parts/targets/targets.ts';
import { type ChannelRow, type PutState, rowsOf, unnamedOf } from './receipt/receipt.ts';

/** What a receipt says: who got it by name, how many, or nothing. */
export const RECEIPTS = ['names', 'counts', 'none'] as const;
export type ReceiptKind = (typeof RECEIPTS)[number];

export interface Order {
  readonly channels: readonly string[];
  /** JSON, put as it is. */
  readonly text: string;
  /** How long answers are waited for, in ms. */
  readonly timeoutMs: number;
  /** What may be asked for, as far as that is known; where the server forbids it, less is asked for. */
  readonly receipt: ReceiptKind;
  /** Whether it goes to some of those of a broadcast before. */
  readonly isAgain: boolean;
}

export interface PartOfSending {
  readonly channels: readonly string[];
  readonly state: PutState;
}

/**
 * A broadcast from the moment it is sent: one put, or several where one may not have all of its channels. A component
 * that reads it is drawn again when it changes.
 */
export class Sending {
  readonly order: Order;
  /** ms since 1970, by the clock of this computer. */
  readonly startedMs = Date.now();
  readonly #bus: Bus;
  readonly #parts = signal<readonly PartOfSending[]>([]);
  readonly #rows = computed(() => this.#results.flatMap(rowsOf));
  readonly #onLogged: (result: PutResult) => void;
  #receipt: ReceiptKind;

  /** @param onLogged called once, when the first of its puts is in the log */
  constructor(bus: Bus, order: Order, onLogged: (result: PutResult) => void) {
    this.order = order;
    this.#bus = bus;
    this.#onLogged = onLogged;
    this.#receipt = order.receipt;
    const puts = putsFor(order.channels, utf8Bytes(order.text), LIMITS);
    this.#parts.value = puts.map((channels) => ({ channels, state: { kind: 'sending' } }));
    for (const at of puts.keys()) void this.#put(at);
  }

  get parts(): readonly PartOfSending[] {
    return this.#parts.value;
  }

  /** What has been asked for in the end. */
  get receipt(): ReceiptKind {
    return this.#receipt;
  }

  get isDone(): boolean {
    return this.parts.every(({ state: { kind } }) => kind !== 'sending' && kind !== 'accepted');
  }

  /** Of all that is in the log. */
  get rows(): readonly ChannelRow[] {
    return this.#rows.value;
  }

  /** Sessions that the receipts could not name. */
  get unnamed(): number {
    return this.#results.reduce((sum, result) => sum + unnamedOf(result), 0);
  }

  /** Of its first put that is in the log; undefined: none is. */
  get first(): PutResult | undefined {
    return this.#results[0];
  }

  get #results(): PutResult[] {
    return this.parts.flatMap(({ state }) => ('result' in state ? [state.result] : []));
  }

  async #put(at: number): Promise<void> {
    const { channels } = this.#parts.peek()[at] as PartOfSending;
    const kind = this.#receipt;
    const onAccepted = (result: PutResult): void => {
      if (kind !== 'none') this.#is(at, { kind: 'accepted', result });
    };
    try {
      const options = { ...confirmOf(kind, this.order.timeoutMs), onAccepted };
      this.#is(at, {
        kind: 'done',
        result: await this.#bus.publish().putText(channels, this.order.text, options),
      });
    } catch (error) {
      if (!(error instanceof ZerospanError)) throw error;
      const less = RECEIPTS[RECEIPTS.indexOf(kind) + 1];
      if (error.code === 'outcome-unknown') this.#is(at, { kind: 'outcome-unknown', error });
      else if (error.code === 'forbidden' && less !== undefined) {
        // Nothing was appended. With the right for less it is; without the right to put, the last try says so.
        if (this.#receipt === kind) this.#receipt = less;
        await this.#put(at);
      } else this.#is(at, { kind: 'refused', error });
    }
  }

  #is(at: number, state: PutState): void {
    const isFirst = 'result' in state && !this.#parts.peek().some((part) => 'result' in part.state);
    this.#parts.value = this.#parts.peek().map((part, place) => (place === at ? { ...part, state } : part));
    if (isFirst) this.#onLogged(state.result);
  }
}

function confirmOf(kind: ReceiptKind, timeoutMs: number): Pick<PutOptions, 'confirm'> {
  if (kind === 'none') return {};
  return { confirm: { timeoutMs, ...(kind === 'names' && { who: true }) } };
}
