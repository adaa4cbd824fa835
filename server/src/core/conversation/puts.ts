import {
  type AcceptedChannel,
  channelFault,
  isReserved,
  LIMITS,
  quote,
  ZerospanError,
} from '@zerospan/shared';
import type { Cohorts } from '../fanout/cohorts.ts';
import type { Append, Appended, Log, PutKey } from '../log/log.ts';

/** PORT: how many subscriptions of ZeroMQ peers want a channel now. */
export interface NativeInterest {
  nativeSubscriptions(channel: string): number;
}

export interface PutOutcome {
  readonly time: number;
  readonly channels: readonly AcceptedChannel[];
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Puts from clients: checked whole before anything is appended, and answered only with what is true. */
export class Puts {
  readonly #log: Log;
  readonly #cohorts: Cohorts;
  readonly #native: NativeInterest;
  #draining = false;

  constructor(log: Log, cohorts: Cohorts, native: NativeInterest) {
    this.#log = log;
    this.#cohorts = cohorts;
    this.#native = native;
  }

  /** Refuses every put from now on. */
  drain(): void {
    this.#draining = true;
  }

  /**
   * Appends one publication to each channel, all or none. Channels named twice count once.
   * @param payload undefined when the message had none, which is refused
   * @throws ZerospanError with a code that the protocol names for puts
   */
  async put(
    putKey: PutKey,
    channels: readonly string[],
    payload: Uint8Array | undefined,
  ): Promise<PutOutcome> {
    if (this.#draining) throw new ZerospanError('draining');
    const names = [...new Set(channels)];
    checkChannels(names);
    checkPayload(payload);
    const { time, offsets } = await this.#append({ putKey, channels: names, payload, republish: true });
    return {
      time,
      channels: names.map((channel, i) => ({
        channel,
        offset: offsets[i] as number,
        sessions: this.#cohorts.sessionsWanting(channel),
        nativeSubscriptions: this.#native.nativeSubscriptions(channel),
      })),
    };
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

function checkChannels(names: readonly string[]): void {
  if (names.length === 0) throw new ZerospanError('no-channels');
  if (names.length > LIMITS.putChannels) {
    throw new ZerospanError(
      'too-many-channels',
      `The put names ${names.length} channels, more than ${LIMITS.putChannels}.`,
    );
  }
  for (const name of names) {
    const fault = channelFault(name);
    if (fault) throw new ZerospanError('bad-channel', `Nothing was appended: ${fault}.`);
    if (isReserved(name))
      throw new ZerospanError('reserved-channel', `Nothing was appended: ${quote(name)} begins with $.`);
  }
}

function checkPayload(payload: Uint8Array | undefined): asserts payload is Uint8Array {
  if (payload === undefined || payload.byteLength === 0) throw new ZerospanError('no-payload');
  if (payload.byteLength > LIMITS.payloadBytes) {
    throw new ZerospanError(
      'too-large',
      `The payload has ${payload.byteLength} bytes, more than ${LIMITS.payloadBytes}.`,
    );
  }
  try {
    JSON.parse(decoder.decode(payload));
  } catch (cause) {
    throw new ZerospanError('bad-payload', `The payload is not JSON text: ${(cause as Error).message}.`, {
      cause,
    });
  }
}
