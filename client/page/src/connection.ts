import { type Bus, type State, ZerospanError } from '@zerospan/client';
import { byId } from './dom.ts';
import { Notice } from './notice.ts';

const WORDS: Record<State, string> = {
  connecting: 'Connecting',
  live: 'Live',
  waiting: 'Waiting to reconnect',
  closed: 'Closed',
};

const CLOSED = 'The connection is closed for good. Reload the page to start again.';

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
  readonly #notice = new Notice(() => {
    this.#bus?.retryNow();
    this.tick();
  });
  /** A refused subscription, or another fault that is not one of the connection. */
  #fault: string | undefined;
  /** Whether something has kept the page from its connection since it was live. */
  #isDisconnected = false;
  /** The user is asked for a token: until it is given, the bus may try as it likes. */
  #needsToken = false;

  /** Shows this bus from now on, in place of any other. */
  use(bus: Bus): void {
    this.#leave();
    this.#bus = bus;
    this.#fault = undefined;
    this.#isDisconnected = false;
    this.#needsToken = false;
    this.#leave = bus.on('state', () => this.#show(bus.state));
    this.#show(bus.state);
  }

  /** It takes another token, or a first one, to go on. */
  lacksToken(): void {
    this.#needsToken = true;
    this.#notice.show({ paragraphs: [] }, 'waiting');
    this.#root.dataset.state = 'waiting';
    setText(this.#state, 'Needs a token');
  }

  /** A fault that nobody awaited, such as a refused subscription. It stands until the connection is live again. */
  fault(error: Error): void {
    // That a connection fails, the bus itself knows best.
    if (!isOfConnection(error)) this.#fault = sentences(error);
    this.tick();
  }

  /** To be called a few times a second: at 5,000 messages a second nobody reads each offset. */
  tick(): void {
    if (this.#bus && !this.#needsToken) this.#explain(this.#bus);
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
    if (state === 'live') this.#needsToken = false;
    this.#isDisconnected = state === 'waiting' || (this.#isDisconnected && state !== 'live');
    if (!this.#needsToken) {
      this.#root.dataset.state = state;
      setText(this.#state, WORDS[state]);
    }
    this.tick();
  }

  /** Asked again and again, because more may be found out about a failure after it was reported. */
  #explain({ state, lastFailure, retryInMs }: Bus): void {
    const failure = this.#isDisconnected || state === 'closed' ? lastFailure : undefined;
    const line = failure?.code === 'origin-refused' ? `--origin ${location.origin}` : undefined;
    const paragraphs = [
      // The line stands below, to be copied.
      ...(failure ? [sentences(failure).replace(` ${line}`, '')] : []),
      ...(this.#fault === undefined ? [] : [this.#fault]),
      ...(state === 'closed' ? [CLOSED] : []),
    ];
    this.#notice.show({ paragraphs, line }, state);
    this.#notice.countDown(retryInMs, this.#isDisconnected && state !== 'closed');
  }
}

/** Whether an error is of a connection that the bus makes again by itself. */
function isOfConnection(error: Error): boolean {
  return error instanceof ZerospanError && error.final === false;
}

/** What went wrong, and what to do about it. */
export function sentences(error: Error): string {
  const remedy = 'remedy' in error && typeof error.remedy === 'string' ? ` ${error.remedy}` : '';
  return `${error.message}${remedy}`;
}

function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Users only compare epochs: the first characters suffice, and the title has all of them. */
function short(epoch: string): string {
  return epoch.length > 12 ? `${epoch.slice(0, 8)}…` : epoch;
}
