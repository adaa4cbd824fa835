import type { Revoked } from '../../../core/access/revocations.ts';
import type { Message, Stream, StreamInfo } from '../../../logs/jetstream/stream.ts';
import { revokedIn } from './message.ts';

/** How much is fetched at once. */
const BYTES = 1024 * 1024;

export interface RevocationListener {
  revoked(what: Revoked, sequence: number): void;
  /** The stream is another one, or went back: all that it has comes again. */
  begins(): void;
  /**
   * The stream has dropped what it held below `first`; what it held above has been read.
   * @param isUnread whether some of it had not been read
   */
  dropped(first: number, isUnread: boolean): void;
}

/** Reads a stream of revocations from where it was read last. */
export class RevocationReader {
  readonly #stream: Stream;
  readonly #listener: RevocationListener;
  #created: string | undefined;
  /** Sequence of the last message, and its id. */
  #taken = 0;
  #id = '';
  /** Where the stream began when it was read last. */
  #first = 0;
  #wasAway = false;

  constructor(stream: Stream, listener: RevocationListener) {
    this.#stream = stream;
    this.#listener = listener;
  }

  /** When the stream was created that was read last. */
  get created(): string | undefined {
    return this.#created;
  }

  /** The servers were away: they may have come back with older data, and go on with other messages. */
  contact(): void {
    this.#wasAway = true;
  }

  /**
   * Resolves when all was taken that the stream had when it was called.
   * @throws StreamFault
   */
  async read(): Promise<void> {
    const wasAway = this.#wasAway;
    const info = await this.#stream.info();
    if (!(await this.#isSame(info, wasAway))) {
      const isFirst = this.#created === undefined;
      this.#created = info.created;
      this.#taken = 0;
      this.#first = info.first;
      if (!isFirst) this.#listener.begins();
    }
    if (wasAway) this.#wasAway = false;
    const isUnread = info.first > this.#first && info.first > this.#taken + 1;
    while (this.#taken < info.last) await this.#more(info.last);
    if (info.first <= this.#first) return;
    this.#first = info.first;
    this.#listener.dropped(info.first, isUnread);
  }

  async #isSame({ created, last }: StreamInfo, wasAway: boolean): Promise<boolean> {
    if (created !== this.#created || last < this.#taken) return false;
    if (!wasAway || this.#taken === 0) return true;
    const message = await this.#stream.get(this.#taken);
    // One that was dropped for its age shows nothing.
    return message === undefined || message.id === this.#id;
  }

  async #more(last: number): Promise<void> {
    const from = this.#taken + 1;
    const messages = await this.#stream.fetch({ from, to: last, bytes: BYTES });
    for (const message of messages) this.#take(message);
    if (messages.length > 0) return;
    // The server that answered may lag: the leader knows whether nothing is there.
    const next = await this.#stream.next(from);
    if (next && next.sequence <= last) this.#take(next);
    else this.#taken = last;
  }

  #take({ sequence, id, data }: Message): void {
    this.#taken = sequence;
    this.#id = id;
    const what = revokedIn(data);
    if (what) this.#listener.revoked(what, sequence);
  }
}
