import { randomUUID } from 'node:crypto';
import type { Incoming } from '../following/incoming.ts';
import type { StreamLogOptions } from '../options.ts';
import type { Outcome, StreamInfo } from '../stream.ts';
import { encodeRecord, saidAgain } from './record.ts';

/** Writes the epoch's record again before the stream drops it: a node that starts without it begins another epoch. */
export class Refreshing {
  readonly #options: Pick<StreamLogOptions, 'stream' | 'subjects' | 'clock' | 'bytes' | 'ageMs'>;
  /** Where it was written last; it comes with the others. */
  #writtenAt = 0;

  constructor(options: StreamLogOptions) {
    this.#options = options;
  }

  /**
   * @param isProbe whether it is written in any case, to find out whether the stream takes it
   * @returns what became of it; undefined: it was not due
   */
  async run(incoming: Incoming, info: StreamInfo, isProbe: boolean): Promise<Outcome | undefined> {
    const { record } = incoming;
    if (this.#writtenAt > incoming.head.sequence || !(isProbe || this.#isDue(incoming, info)))
      return undefined;
    const outcome = await this.#options.stream.publish({
      subject: this.#options.subjects.epoch,
      id: `epoch-${randomUUID()}`,
      data: encodeRecord(saidAgain(record)),
      // Of several nodes that find it due, one writes it.
      lastOfSubject: incoming.recordAt < info.first ? 0 : incoming.recordAt,
    });
    if (outcome.kind === 'stored') this.#writtenAt = outcome.sequence;
    return outcome;
  }

  #isDue({ record, recordAt, bytesSinceRecord }: Incoming, { first }: StreamInfo): boolean {
    const { bytes, ageMs, clock } = this.#options;
    // In its place is what nobody can read: a node that starts would take the stream for something else.
    if (recordAt > record.sequence) return true;
    if (record.sequence < first || (bytes > 0 && bytesSinceRecord * 2 >= bytes)) return true;
    return ageMs > 0 && (clock.now() - record.message.time) * 2 >= ageMs;
  }
}
