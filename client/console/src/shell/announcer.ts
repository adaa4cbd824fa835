import { signal } from '@preact/signals';

/** What is read out to those who listen to the page: one voice for all of it, so that nothing talks over another. */
export class Announcer {
  readonly words = signal('');

  say(words: string): void {
    // The same words again are news again: a space makes another text of them.
    this.words.value = this.words.peek() === words ? `${words}\u00a0` : words;
  }
}
