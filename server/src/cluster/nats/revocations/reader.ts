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
  #contacts = 0;

  constructor(stream: Stream, listener: RevocationListener) {
    this.#stream = stream;
    this.#listener = listener;
  }

  /** When the stream was created that was read last. */
  get created(): string | undefined {
    return this.#created;
  }

  /** The servers were away: they may have come back with older data, and what is being read may be of both. */
  contact(): void {
    this.#contacts++;
  }

  /**
   * Resolves when all was taken that the stream had when it was called.
   * @throws StreamFault
   */
  async read(): Promise<void> {
    while (!(await this.#readAll(this.#contacts)));
  }

  /** Answers false where there was a contact meanwhile: what it has taken is to be compared before there is more. */
  async #readAll(contacts: number): Promise<boolean> {
    const info = await this.#stream.info();
    const isSame = await this.#isSame(info);
    if (contacts !== this.#contacts) return false;
    if (!isSame) {
      const isFirst = this.#created === undefined;
      this.#created = info.created;
      this.#taken = 0;
      this.#first = info.first;
      if (!isFirst) this.#listener.begins();
    }
    const isUnread = info.first > this.#first && info.first > this.#taken + 1;
    while (this.#taken < info.last) if (!(await this.#more(info.last, contacts))) return false;
    if (info.first <= this.#first) return true;
    this.#first = info.first;
    this.#listener.dropped(info.first, isUnread);
    return true;
  }

  /** Asked each time: a server may have come back with older data beside the one that this node is connected to. */
  async #isSame({ created, last }: StreamInfo): Promise<boolean> {
    if (created !== this.#created || last < this.#taken) return false;
    if (this.#taken === 0) return true;
    const message = await this.#stream.get(this.#taken);
    // One that was dropped for its age shows nothing.
    return message === undefined || message.id === this.#id;
  }

  async #more(last: number, contacts: number): Promise<boolean> {
    const from = this.#taken + 1;
    const messages = await this.#stream.fetch({ from, to: last, bytes: BYTES });
    if (contacts !== this.#contacts) return false;
    for (const message of messages) this.#take(message);
    if (messages.length > 0) return true;
    // The server that answered may lag: the leader knows whether nothing is there.
    const next = await this.#stream.next(from);
    if (contacts !== this.#contacts) return false;
    if (next && next.sequence <= last) this.#take(next);
    else this.#taken = last;
    return true;
  }

  #take({ sequence, id, data }: Message): void {
    this.#taken = sequence;
    this.#id = id;
    const what = revokedIn(data);
    if (what) this.#listener.revoked(what, sequence);
  }
}
