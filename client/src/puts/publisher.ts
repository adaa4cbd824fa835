import type { Clock, ZerospanError } from '@zerospan/shared';
import { aborted } from '../abort.ts';
import type { AnyChannels, ChannelOf, MessageTo } from '../channel-map.ts';
import { Emitter } from '../emitter.ts';
import type { PutOptions, PutResult } from '../types.ts';
import { Outcome } from './outcome.ts';
import { checkConfirm, checkText, goodChannels, textOf } from './put-check.ts';
import type { Puts } from './puts.ts';

/**
 * Puts messages on channels. Made by `bus.publish()`.
 *
 * Every put is answered by a promise that fulfils when the server has appended it, on all its channels or on none.
 * While there is no connection, puts wait for the next one; at most 16,384 puts and 16 MiB of them wait at a time.
 * Nothing here throws: whatever is wrong rejects, with a `ZerospanError`. A failure that nobody asks for (the promise
 * is never awaited, nor its `then` or `catch` called) goes to `bus.on('error')`, else to one `console.warn` a code.
 */
export class Publisher<Channels extends object = AnyChannels> {
  readonly #puts: Puts;
  readonly #clock: Clock;
  readonly #unasked: (error: ZerospanError) => void;

  /** @internal */
  constructor(puts: Puts, clock: Clock, unasked: (error: ZerospanError) => void) {
    this.#puts = puts;
    this.#clock = clock;
    this.#unasked = unasked;
  }

  /**
   * Puts a message on one channel or several; a channel named twice counts once.
   *
   * Rejects with `no-channels`, `bad-channel`, `reserved-channel`, `too-many-channels`, `not-json`, `too-large` or
   * `too-deep` when it cannot be put; `queue-full` when too many wait; `outcome-unknown` when the connection ended
   * before the answer; `aborted`; `closed`; or with what the server refused it for.
   */
  put<const Name extends ChannelOf<Channels>>(
    channels: Name | readonly Name[],
    message: MessageTo<Channels, Name>,
    options: PutOptions = {},
  ): Promise<PutResult> {
    return this.#put(channels, () => textOf(message), options);
  }

  /**
   * Puts JSON text untouched, for numbers of more than 15 digits or text that is there already. Rejects like put, and
   * with `no-payload` for the empty text, `bad-payload` for what is not JSON.
   */
  putText<const Name extends ChannelOf<Channels>>(
    channels: Name | readonly Name[],
    jsonText: string,
    options: PutOptions = {},
  ): Promise<PutResult> {
    const checked = (): string => {
      checkText(jsonText);
      return jsonText;
    };
    return this.#put(channels, checked, options);
  }

  // Not async: the promise of an async function is a plain one, of which nobody knows whether it is awaited.
  #put(channels: string | readonly string[], text: () => string, options: PutOptions): Promise<PutResult> {
    return Outcome.of(this.#clock, this.#unasked, (resolve, reject) => {
      if (options.signal?.aborted) throw aborted(options.signal);
      checkConfirm(options.confirm, this.#puts.limits);
      const names = goodChannels(channels, this.#puts.limits);
      const { onAccepted } = options;
      const events = new Emitter<{ accepted: [PutResult] }>();
      if (onAccepted) events.on('accepted', onAccepted);
      const accepted = (result: PutResult): void => events.emit('accepted', result);
      this.#puts.put(names, { ...options, text: text(), accepted }).then(resolve, reject);
    });
  }
}
