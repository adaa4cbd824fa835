import { type Clock, ZerospanError } from '@zerospan/shared';
import type { StoreRecord } from '../../../core/log/store.ts';
import type { EndOfTurn } from '../../../core/time-slicer.ts';
import { type Gathered, Gathering } from '../../packs/gathering.ts';
import { TIMES } from '../options.ts';
import { positionAfter, type SeenPack } from '../pack-message.ts';
import { packIdOf, SPAN } from '../places.ts';
import type { Outcome, Outgoing, Stream } from '../stream.ts';
import { OwnPacks } from './own-packs.ts';

/** Most bytes that wait until they have come back. */
const WAITING_BYTES = 8 * 1024 * 1024;

export interface PublisherParts {
  readonly stream: Pick<Stream, 'publish' | 'lastOf' | 'dataBytesMost'>;
  readonly clock: Clock;
  readonly endOfTurn: EndOfTurn;
  readonly incarnation: string;
  readonly subject: string;
  /** Default: 8 MiB. */
  readonly waitingBytes: number | undefined;
  /** The newest pack that came, of whatever node. */
  readonly seen: () => SeenPack | undefined;
  /** The stream has a pack; `isBack`: it has come back already. */
  readonly stored: (sequence: number, isBack: boolean) => void;
  /** These were not appended. */
  readonly refused: (records: readonly StoreRecord[], error: ZerospanError) => void;
  /** Of these nobody knows. */
  readonly unknown: (records: readonly StoreRecord[]) => void;
  /** The stream has no room, or takes no packs for another reason. */
  readonly rejected: (why: 'full' | 'failed', reason: string) => void;
}

/** What has come of a pack, and `stopped`: others have answered for its records. */
type Sent = Exclude<Outcome, { kind: 'unknown' }> | { readonly kind: 'given-up' | 'stopped' };

export interface PublishingCounts {
  readonly packs: number;
  /** How often a pack was published again, since nobody knew what had become of it. */
  readonly retries: number;
  /** How often nobody has learnt it. */
  readonly unknown: number;
}

/**
 * Publishes the packs of this node, one at a time: with two under way, one that is published again would come behind
 * the other. What comes meanwhile is the next pack.
 */
export class Publisher {
  readonly own = new OwnPacks();
  readonly #parts: PublisherParts;
  readonly #gathering: Gathering;
  #number = 0;
  #isScheduled = false;
  #running: Promise<void> | undefined;
  /** Changes when all that is under way is given up. */
  #round = 0;
  #isHeld = false;
  #counts = { packs: 0, retries: 0, unknown: 0 };

  constructor(parts: PublisherParts) {
    this.#parts = parts;
    this.#gathering = new Gathering(parts.stream.dataBytesMost);
  }

  get counts(): PublishingCounts {
    return this.#counts;
  }

  /** Bytes that were appended and have not come back. */
  get bytes(): number {
    return this.#gathering.bytes + this.own.bytes;
  }

  /** Whether there is room for more: what waits is bounded. */
  get hasRoom(): boolean {
    return this.bytes < (this.#parts.waitingBytes ?? WAITING_BYTES);
  }

  /** @throws RangeError if it cannot be encoded */
  add(record: StoreRecord, time: number): void {
    this.#gathering.add(record, time);
    if (this.#isScheduled || this.#running || this.#isHeld) return;
    this.#isScheduled = true;
    // All that comes in this turn is one pack.
    this.#parts.endOfTurn(() => {
      this.#isScheduled = false;
      this.#go();
    });
  }

  /** Publishes nothing, while what comes is gathered. */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    this.#go();
  }

  /** Resolves when everything that was gathered is published, or given up. */
  async idle(): Promise<void> {
    this.#go();
    while (this.#running) await this.#running;
  }

  /** Gives up what is under way and what waits; the caller answers for these. */
  abandon(): { readonly underWay: readonly StoreRecord[]; readonly waiting: readonly StoreRecord[] } {
    this.#round++;
    return { underWay: this.own.drain(), waiting: this.#gathering.drain() };
  }

  /** What waits and was never published. The caller answers for it. */
  drain(): readonly StoreRecord[] {
    return this.#gathering.drain();
  }

  #go(): void {
    if (this.#isHeld || this.#gathering.records === 0) return;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      this.#go();
    });
  }

  async #run(): Promise<void> {
    while (!this.#isHeld) {
      const gathered = this.#gathering.take();
      if (!gathered) return;
      if (this.#fits(gathered)) await this.#publish(gathered);
    }
  }

  /** A put is never split: one that is larger than a message may be was gathered alone. */
  #fits({ builder, records }: Gathered): boolean {
    const { dataBytesMost } = this.#parts.stream;
    if (builder.bytes <= dataBytesMost && builder.entries <= SPAN) return true;
    const reason =
      builder.entries > SPAN
        ? `The log cannot take a put on ${builder.entries} channels: ${SPAN} at most.`
        : `The log cannot take a put of ${builder.bytes} bytes: its NATS servers take ${dataBytesMost} at most.`;
    this.#parts.refused(records, new ZerospanError('log-failed', reason));
    return false;
  }

  async #publish({ builder, records, time }: Gathered): Promise<void> {
    const { incarnation, subject, seen, clock } = this.#parts;
    const number = ++this.#number;
    const data = builder.close(positionAfter(seen(), Math.max(time, clock.now())));
    this.own.add(number, records, data.length);
    this.#counts.packs++;
    const sent = await this.#send({ subject, id: packIdOf({ incarnation, number }), data }, number);
    if (sent.kind === 'stored') {
      this.#gathering.return(builder);
      this.own.stored(number, sent.sequence);
      this.#parts.stored(sent.sequence, !this.own.has(number));
    } else if (sent.kind === 'refused') {
      const { reason, why } = sent;
      // First: the state has to be the one that the refusal names.
      this.#parts.rejected(why === 'full' ? 'full' : 'failed', reason);
      this.#parts.refused(
        this.own.take(number) ?? [],
        new ZerospanError('log-failed', `The log's stream refused it: ${reason}.`),
      );
    } else if (sent.kind === 'given-up') {
      this.#counts.unknown++;
      this.#parts.unknown(this.own.take(number) ?? []);
    }
  }

  /** Publishes a pack until it is known what became of it. */
  async #send(outgoing: Outgoing, number: number): Promise<Sent> {
    const { stream, clock } = this.#parts;
    const round = this.#round;
    const beganMs = clock.elapsed();
    for (let tries = 0; ; tries++) {
      const outcome = await stream.publish(outgoing);
      if (round !== this.#round) return { kind: 'stopped' };
      // Of the tries before nobody knows, whatever became of this one.
      if (outcome.kind === 'refused' && tries > 0) return { kind: 'given-up' };
      if (outcome.kind !== 'unknown') return outcome;
      const found = await this.#find(outgoing, number, round, beganMs);
      if (found) return found;
      this.#counts.retries++;
    }
  }

  /** Waits until the stream says whether it has a pack; undefined: it has not, and the pack may be published again. */
  async #find(
    { subject, id }: Outgoing,
    number: number,
    round: number,
    beganMs: number,
  ): Promise<Sent | undefined> {
    const { stream, clock } = this.#parts;
    for (;;) {
      await new Promise<void>((resolve) => clock.later(TIMES.retryMs, resolve));
      if (round !== this.#round) return { kind: 'stopped' };
      const last = await stream.lastOf(subject).catch(() => 'away' as const);
      if (round !== this.#round) return { kind: 'stopped' };
      // It has come back meanwhile: its place is known to whom it concerns.
      if (!this.own.has(number)) return { kind: 'stopped' };
      if (last !== 'away' && last?.id === id)
        return { kind: 'stored', sequence: last.sequence, isAgain: true };
      if (clock.elapsed() - beganMs >= TIMES.awayMs) return { kind: 'given-up' };
      if (last !== 'away') return undefined;
    }
  }
}
