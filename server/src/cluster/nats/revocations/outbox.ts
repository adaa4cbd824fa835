import type { Clock } from '@zerospan/shared';
import type { Revoked } from '../../../core/access/revocations.ts';
import type { Network } from '../../../core/cluster/network.ts';
import type { Stream } from '../../../logs/jetstream/stream.ts';
import { revocationMessage } from './message.ts';
import { Repeats } from './repeats.ts';

/** While the servers elect a leader of the stream they take nothing: a request waits for so long, and it is tried. */
const SETTLED_MS = { wait: 5_000, retry: 250 } as const;

export interface OutboxParts {
  readonly stream: Stream;
  readonly subject: string;
  readonly network: Network;
  readonly clock: Clock;
  /** Called with each that the stream has taken, and where it is there. */
  readonly stored: (what: Revoked, sequence: number) => void;
  /** Called where the stream does not take one. */
  readonly refused: (reason: string) => void;
}

interface Outgoing {
  readonly id: string;
  readonly what: Revoked;
  /** It was in the stream once, and need not be sent if it still is. */
  readonly isAgain: boolean;
}

/** Revocations that are not in the stream yet, as far as this node knows: by the text of each. */
export class Outbox {
  readonly #parts: OutboxParts;
  readonly #waiting = new Map<string, Outgoing>();
  /** Those that were made here: who has not heard them cannot read them either. */
  readonly #unread: Repeats;
  #sending: Promise<void> | undefined;

  constructor(parts: OutboxParts) {
    this.#parts = parts;
    this.#unread = new Repeats(parts.clock, Number.POSITIVE_INFINITY);
  }

  get size(): number {
    return this.#waiting.size;
  }

  has(text: string): boolean {
    return this.#waiting.has(text);
  }

  post(id: string, what: Revoked, isAgain: boolean): void {
    this.#waiting.set(JSON.stringify(what), { id, what, isAgain });
    if (!isAgain) this.#unread.add(what);
  }

  /** The stream has it: one that was made here once more counts from then on, and is sent all the same. */
  read(text: string): void {
    if (this.#waiting.get(text)?.isAgain) this.#waiting.delete(text);
  }

  /** Those that are to be said to the other nodes again. */
  unread(): readonly Revoked[] {
    return this.#unread.next();
  }

  /** One after another, what comes meanwhile as well. Never rejects. */
  send(): Promise<void> {
    if (this.#waiting.size === 0) return Promise.resolve();
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
    return this.#sending;
  }

  /** Resolves when the stream has all of it. Rejects where it has not within seconds. */
  async settled(): Promise<void> {
    const { clock } = this.#parts;
    const untilMs = clock.elapsed() + SETTLED_MS.wait;
    await this.#sending;
    while (this.#waiting.size > 0) {
      await this.send();
      if (this.#waiting.size === 0) return;
      if (clock.elapsed() >= untilMs) throw new Error('The NATS servers have not taken all revocations.');
      await new Promise<void>((resolve) => void clock.later(SETTLED_MS.retry, resolve));
    }
  }

  async #sendAll(): Promise<void> {
    const { stream, subject, network, stored, refused } = this.#parts;
    let isNew = false;
    for (const [text, { id, what }] of this.#waiting) {
      const outcome = await stream.publish({ subject, id, data: revocationMessage(what) });
      if (outcome.kind !== 'stored') {
        refused(outcome.reason);
        break;
      }
      isNew = true;
      stored(what, outcome.sequence);
      // It may have been revoked once more meanwhile.
      if (this.#waiting.get(text)?.id !== id) continue;
      this.#waiting.delete(text);
      this.#unread.remove(what);
    }
    if (isNew) network.say('revoked', {});
  }
}
