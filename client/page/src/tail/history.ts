import type { Gap, Publication } from '@zerospan/client';

/** What the tail shows, in the order in which the bus delivered it. */
export type Entry =
  | { readonly kind: 'publication'; readonly publication: Publication }
  | { readonly kind: 'gap'; readonly gap: Gap }
  /** What the page itself has to say at this place. */
  | { readonly kind: 'note'; readonly text: string };

/** How many entries stay in memory, so that a filter finds more than what is on the screen. */
const MOST_ENTRIES = 2_000;
/** And how much text, for when the messages are large. */
const MOST_CHARACTERS = 4 * 1024 * 1024;

/** The newest entries, bounded. */
export class History {
  readonly #entries: Entry[] = [];
  #characters = 0;

  push(entry: Entry): void {
    this.#entries.push(entry);
    this.#characters += charactersOf(entry);
    // The newest stays, however large.
    while (
      this.#entries.length > MOST_ENTRIES ||
      (this.#characters > MOST_CHARACTERS && this.#entries.length > 1)
    ) {
      const dropped = this.#entries.shift();
      if (dropped !== undefined) this.#characters -= charactersOf(dropped);
    }
  }

  pushAll(other: History): void {
    for (const entry of other.#entries) this.push(entry);
  }

  /** The newest entries that a filter lets through, oldest first. */
  newest(most: number, text: string): Entry[] {
    const found: Entry[] = [];
    for (let i = this.#entries.length - 1; i >= 0 && found.length < most; i--) {
      const entry = this.#entries[i];
      if (entry !== undefined && passes(entry, text)) found.push(entry);
    }
    return found.reverse();
  }
}

/**
 * Whether the tail's filter lets an entry through: exactly this text, capitals included, in the channel or in the
 * payload as it was put. Channels are compared byte for byte on the bus, so they are here. A gap always passes: a
 * filter must not hide that something is missing.
 */
export function passes(entry: Entry, text: string): boolean {
  if (text === '' || entry.kind === 'gap') return true;
  if (entry.kind === 'note') return false;
  return entry.publication.channel.includes(text) || entry.publication.text.includes(text);
}

function charactersOf(entry: Entry): number {
  return entry.kind === 'publication' ? entry.publication.text.length + entry.publication.channel.length : 0;
}
