import { signal } from '@preact/signals';

/** What a key does. */
export interface Key {
  /** As `event.key` names it; behind `g ` for two in a row. */
  readonly key: string;
  /** For the list of keys. */
  readonly what: string;
  readonly run: () => void;
}

/** After `g` the letter of a screen is waited for this long, in ms. */
const PREFIX_MS = 1_500;
const PLACE = 'zerospan.keys';

/**
 * Keys that work wherever nothing is being typed. They can be switched off, because who speaks to their computer types
 * letters by mistake (WCAG 2.1.4).
 */
export class Keyboard {
  readonly isOn = signal(localStorage.getItem(PLACE) !== 'off');
  /** The latest first: what is on top of the page goes before what lies beneath. */
  #layers: (() => readonly Key[])[] = [];
  #prefixMs = Number.NEGATIVE_INFINITY;

  constructor() {
    document.addEventListener('keydown', (event) => this.#pressed(event));
  }

  /** Everything that works now, for the list. */
  get keys(): readonly Key[] {
    const known = new Set<string>();
    return this.#layers.flatMap((layer) => layer()).filter(({ key }) => !known.has(key) && known.add(key));
  }

  turn(on: boolean): void {
    this.isOn.value = on;
    localStorage.setItem(PLACE, on ? 'on' : 'off');
  }

  /** Answers how to take the keys off. */
  add(layer: () => readonly Key[]): () => void {
    this.#layers.unshift(layer);
    return () => {
      this.#layers = this.#layers.filter((each) => each !== layer);
    };
  }

  #pressed(event: KeyboardEvent): void {
    if (!this.isOn.peek() || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event.target) || document.querySelector('dialog[open]')) return;
    const isSecond = event.timeStamp - this.#prefixMs < PREFIX_MS;
    this.#prefixMs = event.key === 'g' && !isSecond ? event.timeStamp : Number.NEGATIVE_INFINITY;
    const name = isSecond ? `g ${event.key}` : event.key;
    const found = this.keys.find(({ key }) => key === name);
    if (!found) return;
    event.preventDefault();
    found.run();
  }
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable]');
}
