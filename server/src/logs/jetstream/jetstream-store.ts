import type { OpenedStore, Scan, Scanned, Store, StoreListener, StoreRecord } from '../../core/log/store.ts';
import type { ClaimedSource } from './epoch/claiming.ts';
import type { StreamFigures } from './figures.ts';
import { OpenLog } from './open-log.ts';
import { findStream } from './opening.ts';
import type { StreamLogOptions } from './options.ts';

/** A log on a stream of NATS JetStream, which other nodes write and read as well. */
export class JetStreamStore implements Store {
  readonly #options: StreamLogOptions;
  #log: OpenLog | undefined;

  constructor(options: StreamLogOptions) {
    this.#options = options;
  }

  get droppedUpTo(): number {
    return this.#log?.droppedUpTo ?? 0;
  }

  /** Which life of which node writes by it. */
  get incarnation(): string {
    return this.#options.incarnation;
  }

  /** As it is now; it must be open. */
  get figures(): StreamFigures {
    return this.#opened.figures;
  }

  async open(listener: StoreListener): Promise<OpenedStore> {
    try {
      const found = await findStream(this.#options);
      this.#log = new OpenLog(this.#options, listener, found);
      return await this.#log.open(found.before);
    } catch (error) {
      if (this.#log) await this.#log.close();
      else await this.#options.stream.close();
      throw error;
    }
  }

  /**
   * Claims a source for this node: from then on what others append of it is left out.
   * @throws StreamFault where the stream does not answer
   */
  claim(source: string): Promise<ClaimedSource> {
    return this.#opened.claiming.run(source);
  }

  append(record: StoreRecord, time: number): void {
    this.#opened.append(record, time);
  }

  scan(scan: Scan): Promise<Scanned> {
    return this.#opened.reading.scan(scan);
  }

  offsetBefore(time: number): Promise<number> {
    return this.#opened.reading.offsetBefore(time);
  }

  catchUp(offset: number): Promise<void> {
    return this.#opened.reading.catchUp(offset);
  }

  /** The stream drops what is too old by itself, and is asked once a second. */
  expire(): void {}

  /** Resolves when the stream was checked, and all that has come is reported. */
  async settled(): Promise<void> {
    await this.#log?.settled();
  }

  async close(): Promise<void> {
    if (this.#log) await this.#log.close();
    else await this.#options.stream.close();
  }

  get #opened(): OpenLog {
    if (!this.#log) throw new Error('open() comes first');
    return this.#log;
  }
}
