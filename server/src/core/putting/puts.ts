import {
  type AcceptedChannel,
  type ConfirmedChannel,
  channelFault,
  isReserved,
  jsonFault,
  type Limits,
  putCost,
  quote,
  ZerospanError,
} from '@zerospan/shared';
import type { Fanout } from '../fanout/fanout.ts';
import type { Append, Appended, Log, PutKey } from '../log/log.ts';
import type { Receipts } from '../receipts/receipts.ts';
import { type NativeInterest, PutTally } from './put-tally.ts';

/** Who puts, for the server. */
export interface Putter {
  readonly putKey: PutKey;
  /** For whose share of the server's bounds it counts. */
  readonly user: string;
  /**
   * @throws ZerospanError `forbidden` unless they may put on all of these channels, and be told who got it if they ask
   */
  readonly check: (channels: readonly string[]) => void;
}

export interface PutOutcome {
  readonly time: number;
  readonly channels: readonly AcceptedChannel[];
  /** Where it was asked for: who got it, once that is known. */
  readonly confirmed?: Promise<readonly ConfirmedChannel[]> | undefined;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Puts from clients: checked whole before anything is appended, and answered only with what is true. */
export class Puts {
  readonly #log: Log;
  readonly #fanout: Fanout;
  readonly #native: NativeInterest;
  readonly #receipts: Receipts;
  readonly #limits: Limits;
  #draining = false;

  constructor(log: Log, fanout: Fanout, native: NativeInterest, receipts: Receipts, limits: Limits) {
    this.#log = log;
    this.#fanout = fanout;
    this.#native = native;
    this.#receipts = receipts;
    this.#limits = limits;
  }

  /** Refuses every put from now on. */
  drain(): void {
    this.#draining = true;
  }

  /**
   * Appends one publication to each channel, all or none. Channels named twice count once.
   * @param payload undefined when the message had none, which is refused
   * @param confirm whether to find out who got it, after how many ms at the latest, and whether its session may ask for
   * one more
   * @throws ZerospanError with a code that the protocol names for puts
   */
  async put(
    { putKey, user, check }: Putter,
    channels: readonly string[],
    payload: Uint8Array | undefined,
    confirm?: { readonly timeoutMs: number; readonly hasRoom: boolean },
  ): Promise<PutOutcome> {
    if (this.#draining) throw new ZerospanError('draining');
    const names = [...new Set(channels)];
    checkChannels(names, this.#limits);
    check(names);
    checkPayload(payload, this.#limits);
    checkBytes(names, payload, this.#limits);
    const claim = confirm?.hasRoom ? this.#receipts.reserve(user, names) : undefined;
    // One that is sent again may have been appended: it must be answered by what became of it.
    if (confirm && !claim && putKey.firstSentMs === undefined) throw new ZerospanError('too-many-confirms');
    const tally = new PutTally(names.length, this.#fanout.cohorts, this.#native, claim);
    const { time, offsets, again } = await this.#append({
      user,
      putKey,
      channels: names,
      payload,
      republish: true,
      tally,
    }).catch((fault: unknown) => {
      tally.giveUp();
      throw fault;
    });
    const last = offsets.at(-1) ?? 0;
    // Who wants it is known once fan-out has taken all of it; whoever subscribes from then on is not given it.
    if (last > this.#fanout.head) await new Promise<void>((taken) => this.#fanout.whenAt(last, taken));
    const accepted = names.map((channel, i) => ({
      channel,
      offset: offsets[i] as number,
      ...tally.countOf(channel, i),
    }));
    tally.end();
    const put = { putKey, channels: accepted, again: again === true };
    const confirmed = confirm && this.#receipts.confirm(put, claim, confirm.timeoutMs);
    return { time, channels: accepted, confirmed };
  }

  async #append(entry: Append): Promise<Appended> {
    try {
      return await this.#log.append(entry);
    } catch (cause) {
      if (cause instanceof ZerospanError) throw cause;
      throw new ZerospanError('log-failed', undefined, { cause });
    }
  }
}

function checkChannels(names: readonly string[], { putChannels }: Limits): void {
  if (names.length === 0) throw new ZerospanError('no-channels');
  if (names.length > putChannels) {
    throw new ZerospanError(
      'too-many-channels',
      `The put names ${names.length} channels, more than ${putChannels}.`,
    );
  }
  for (const name of names) {
    const fault = channelFault(name);
    if (fault) throw new ZerospanError('bad-channel', `Nothing was appended: ${fault}.`);
    if (isReserved(name))
      throw new ZerospanError('reserved-channel', `Nothing was appended: ${quote(name)} begins with $.`);
  }
}

function checkPayload(
  payload: Uint8Array | undefined,
  { payloadBytes, depth }: Limits,
): asserts payload is Uint8Array {
  if (payload === undefined || payload.byteLength === 0) throw new ZerospanError('no-payload');
  if (payload.byteLength > payloadBytes) {
    throw new ZerospanError(
      'too-large',
      `The payload has ${payload.byteLength} bytes, more than ${payloadBytes}.`,
    );
  }
  const fault = jsonFault(payload, depth);
  if (fault === 'too-deep') throw new ZerospanError('too-deep', `The payload is more than ${depth} deep.`);
  if (fault) throw new ZerospanError('bad-payload', `The payload is not JSON text: ${whyNoJson(payload)}.`);
}

/** One put must not take most of the log, and so everybody's history. */
function checkBytes(names: readonly string[], { byteLength }: Uint8Array, { putBytes }: Limits): void {
  const { bytes } = putCost(names, byteLength);
  if (bytes <= putBytes) return;
  throw new ZerospanError(
    'too-many-channels',
    `A payload of ${byteLength} bytes on ${names.length} channels takes ${bytes} bytes of the log, ` +
      `more than ${putBytes}.`,
  );
}

/** In the words of the runtime's own parser. */
function whyNoJson(payload: Uint8Array): string {
  try {
    JSON.parse(decoder.decode(payload));
    return 'it is not well-formed';
  } catch (error) {
    return (error as Error).message;
  }
}
