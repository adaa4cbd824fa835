import type { Bus, State } from '@zerospan/client';
import { byId, make } from './dom.ts';

const WORDS: Record<State, string> = {
  connecting: 'Connecting',
  live: 'Live',
  waiting: 'Waiting to reconnect',
  closed: 'Closed',
};

/** What the page says below its header; nothing while all is well. */
const NOTICES: Partial<Record<State, string>> = {
  waiting: 'The server does not answer. The page tries again by itself, and goes on where it was.',
  closed: 'The connection is closed for good. Reload the page to start again.',
};

/** Where the connection stands: a sign, a word, the position. */
export class Connection {
  #bus: Bus | undefined;
  #leave: () => void = () => {};
  readonly #root = byId('connection', HTMLElement);
  readonly #state = byId('state', HTMLElement);
  readonly #position = byId('position', HTMLElement);
  readonly #noPosition = byId('no-position', HTMLElement);
  readonly #epoch = byId('epoch', HTMLElement);
  readonly #offset = byId('offset', HTMLElement);
  readonly #notice = byId('notice', HTMLElement);
  #fault: string | undefined;

  /** Shows this bus from now on, in place of any other. */
  use(bus: Bus): void {
    this.#leave();
    this.#bus = bus;
    this.#fault = undefined;
    this.#leave = bus.on('state', () => this.#show(bus.state));
    this.#show(bus.state);
  }

  /** It takes another token, or a first one, to go on. */
  lacksToken(): void {
    this.#notice.replaceChildren();
    this.#root.dataset.state = 'waiting';
    setText(this.#state, 'Needs a token');
  }

  /** A fault that nobody awaited, such as a refused subscription. It stands until the connection is live again. */
  fault(error: Error): void {
    this.#fault = sentences(error);
    if (this.#bus) this.#show(this.#bus.state);
  }

  /** To be called a few times a second: at 5,000 messages a second nobody reads each offset. */
  tick(): void {
    const position = this.#bus?.position;
    this.#position.hidden = position === undefined;
    this.#noPosition.hidden = position !== undefined;
    if (position === undefined) return;
    setText(this.#epoch, short(position.epoch));
    this.#epoch.title = position.epoch;
    setText(this.#offset, String(position.offset));
  }

  #show(state: State): void {
    if (state === 'live' && this.#root.dataset.state !== 'live') this.#fault = undefined;
    this.#root.dataset.state = state;
    setText(this.#state, WORDS[state]);
    this.#notice.dataset.state = state;
    const sentences = [NOTICES[state], this.#fault].filter((each) => each !== undefined);
    this.#notice.replaceChildren(...sentences.map((sentence) => make('p', '', sentence)));
    this.tick();
  }
}

/** What went wrong, and what to do about it. */
export function sentences(error: Error): string {
  const remedy = 'remedy' in error && typeof error.remedy === 'string' ? ` ${error.remedy}` : '';
  return `${error.message}${remedy}`;
}

function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** An epoch is there to be told from another: its beginning does, the whole stands in the title. */
function short(epoch: string): string {
  return epoch.length > 12 ? `${epoch.slice(0, 8)}…` : epoch;
}
