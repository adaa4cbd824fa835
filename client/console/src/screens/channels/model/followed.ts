import type { Bus, Publication } from '@zerospan/client';
import type { Api } from '../../../data/api.ts';
import { positionText } from '../../../data/format.ts';
import { readPast } from '../../../data/history.ts';
import { Tick } from '../../../data/tick.ts';

/** How far back the plot goes, in ms, and of how many messages at most. */
const BACK_MS = 600_000;
const MOST = 5_000;
const PAGE = 1_000;

/** One channel: its last value, the one before, and what it held over the last ten minutes. */
export class Followed {
  readonly tick = new Tick(100);
  readonly #api: Api;
  readonly #channel: string;
  readonly #stop = new AbortController();
  /** The oldest first. */
  #past: Publication[] = [];
  #isRead = false;
  #isCut = false;
  #problem: Error | undefined;

  constructor(bus: Bus, api: Api, channel: string) {
    this.#api = api;
    this.#channel = channel;
    const subscriber = bus.subscribe(channel, { onLag: 'latest', signal: this.#stop.signal });
    subscriber.on('publication', (publication) => this.#take(publication));
    subscriber.ready.then(
      () => void this.#read(),
      (error: Error) => {
        if (this.#stop.signal.aborted) return;
        this.#problem = error;
        this.tick.changed();
      },
    );
  }

  close(): void {
    this.#stop.abort();
  }

  get last(): Publication | undefined {
    return this.#past.at(-1);
  }

  get before(): Publication | undefined {
    return this.#past.at(-2);
  }

  /** The oldest first, ten minutes or 5,000 of them. */
  get past(): readonly Publication[] {
    return this.#past;
  }

  /** Whether the log was read, as far as it goes. */
  get isRead(): boolean {
    return this.#isRead;
  }

  /** Whether ten minutes are more messages than are kept. */
  get isCut(): boolean {
    return this.#isCut;
  }

  get problem(): Error | undefined {
    return this.#problem;
  }

  async #read(): Promise<void> {
    const from = Date.now() - BACK_MS;
    let before = '';
    try {
      while (this.#past.length < MOST) {
        const query = { channel: this.#channel, before, order: 'backwards', limit: PAGE };
        const { lines, hasNext } = await readPast(this.#api, query, this.#stop.signal);
        const read = lines.flatMap((line) => ('publication' in line ? [line.publication] : [])).toReversed();
        const first = this.#past[0];
        const older = read.filter(
          ({ epoch, offset }) => first === undefined || epoch !== first.epoch || offset < first.offset,
        );
        this.#past = [...older, ...this.#past];
        this.tick.changed();
        const [oldest] = read;
        if (!hasNext || oldest === undefined || oldest.time < from) break;
        before = positionText(oldest);
      }
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      this.#problem = error instanceof Error ? error : new Error(String(error));
    }
    this.#isRead = true;
    this.#trim();
    this.tick.changed();
  }

  #take(publication: Publication): void {
    const last = this.last;
    // The log was read behind the subscription, so it may have it already.
    if (last?.epoch === publication.epoch && publication.offset <= last.offset) return;
    this.#past.push(publication);
    if (this.#past.length > MOST * 1.1) this.#trim();
    this.tick.changed();
  }

  /** The last two stay, however old. */
  #trim(): void {
    const from = Date.now() - BACK_MS;
    let drop = Math.max(0, this.#past.length - MOST);
    this.#isCut = drop > 0 && (this.#past[drop]?.time ?? 0) > from;
    while (drop < this.#past.length - 2 && (this.#past[drop]?.time ?? 0) < from) drop += 1;
    this.#past.splice(0, drop);
  }
}
