import { byId, make } from './dom.ts';

/** What is wrong, a paragraph each; `line` is for copying. */
export interface Words {
  readonly paragraphs: readonly string[];
  readonly line?: string | undefined;
}

/**
 * What the page says below its header: what is wrong, what to do about it, and when the next attempt to connect begins.
 */
export class Notice {
  readonly #root = byId('notice', HTMLElement);
  readonly #words = byId('notice-words', HTMLElement);
  readonly #next = byId('notice-next', HTMLElement);
  readonly #wait = byId('notice-wait', HTMLElement);
  readonly #retry = byId('retry', HTMLButtonElement);
  #shown = '';

  /** @param retry called when the user asks to retry at once */
  constructor(retry: () => void) {
    this.#retry.addEventListener('click', retry);
  }

  /** @param kind of trouble, for its colour: `waiting` or `closed` */
  show({ paragraphs, line }: Words, kind: string): void {
    this.#root.hidden = paragraphs.length === 0;
    this.#root.dataset.state = kind;
    const shown = [...paragraphs, line].join('\n');
    // Written again, it would be read out again.
    if (shown === this.#shown) return;
    this.#shown = shown;
    const copied = line === undefined ? [] : [make('p', '', make('code', '', line))];
    this.#words.replaceChildren(...paragraphs.map((each) => make('p', '', each)), ...copied);
  }

  /** @param retryInMs undefined: an attempt is under way. @param isPending false: there will be none */
  countDown(retryInMs: number | undefined, isPending: boolean): void {
    this.#next.hidden = !isPending;
    this.#retry.disabled = retryInMs === undefined;
    const words =
      retryInMs === undefined ? 'Connecting…' : `Next attempt in ${Math.ceil(retryInMs / 1_000)} s`;
    if (this.#wait.textContent !== words) this.#wait.textContent = words;
  }
}
