import type { Tally } from '../tally.ts';
import { EventCarrier } from './event-carrier.ts';
import type { Dialect, Dialogue } from './load-socket.ts';

const LINE_FEED = 0x0a;
const ZERO = 0x30;
/** Events with an id begin with it, `id: EPOCH_OFFSET`. */
const ID = 'i'.charCodeAt(0);
/** The offset has this many decimals, and ends with its line. */
const DECIMALS = 16;
/** The second letter of `publication`, which distinguishes it from `position`. */
const NAME_AT = '\nevent: p'.length;
const PUBLICATION = 'u'.charCodeAt(0);
/** Behind the payload: it is the last member of an object. */
const BEHIND_BYTES = '}'.length;

/** The Server-Sent Events of `GET /v1/events`, as an EventSource reads them: it never says anything. */
export class EventsDialect implements Dialect {
  readonly carrier: EventCarrier;

  /** @param token left out: the server has no key */
  constructor(token?: string) {
    this.carrier = new EventCarrier(token);
  }

  begin(_say: unknown, _channels: readonly string[], tally: Tally, ready: () => void): Dialogue {
    return new EventsDialogue(tally, ready);
  }
}

class EventsDialogue implements Dialogue {
  readonly #tally: Tally;
  readonly #ready: () => void;
  #isReady = false;
  #offset = 0;

  constructor(tally: Tally, ready: () => void) {
    this.#tally = tally;
    this.#ready = ready;
  }

  opened(): void {}

  tick(): void {}

  message(data: Buffer, at: number, end: number): void {
    if (data[at] !== ID) {
      this.#other(data.toString('utf8', at, end));
      return;
    }
    const line = data.indexOf(LINE_FEED, at);
    if (data[line + NAME_AT] !== PUBLICATION) {
      this.#position();
      return;
    }
    let offset = 0;
    for (let i = line - DECIMALS; i < line; i++) offset = offset * 10 + (data[i] as number) - ZERO;
    if (offset <= this.#offset) this.#tally.disordered++;
    this.#offset = offset;
    this.#tally.publication(data, end - BEHIND_BYTES);
  }

  /** The first one comes when the subscription has begun. */
  #position(): void {
    if (this.#isReady) return;
    this.#isReady = true;
    this.#ready();
  }

  #other(event: string): void {
    if (event.startsWith('event: gap\n')) this.#tally.gaps++;
    else if (event.startsWith('event: error\n'))
      throw new Error(`the server refused: ${event.split('data: ')[1]}`);
  }
}
