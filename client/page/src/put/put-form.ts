import type { Bus } from '@zerospan/client';
import { byId } from '../dom.ts';
import { plural } from '../format.ts';
import { PutAnswer } from './put-answer.ts';
import { channelsFault, channelsOf, messageFault } from './put-check.ts';

/** A text field that says, while one types, what is wrong with it, or else what it is. */
class Field {
  readonly #input: HTMLTextAreaElement;
  readonly #hint: HTMLElement;
  readonly #faultOf: (text: string) => string | undefined;
  readonly #hintOf: (text: string) => string;

  constructor(id: string, faultOf: (text: string) => string | undefined, hintOf: (text: string) => string) {
    this.#input = byId(id, HTMLTextAreaElement);
    this.#hint = byId(`${id}-hint`, HTMLElement);
    this.#faultOf = faultOf;
    this.#hintOf = hintOf;
    this.#input.addEventListener('input', () => this.check());
    this.check();
  }

  get text(): string {
    return this.#input.value;
  }

  check(): boolean {
    const fault = this.#faultOf(this.text);
    this.#input.setAttribute('aria-invalid', String(fault !== undefined));
    const hint = fault ?? this.#hintOf(this.text);
    if (this.#hint.textContent !== hint) this.#hint.textContent = hint;
    return fault === undefined;
  }

  focus(): void {
    this.#input.focus();
  }
}

/** The form that puts a message, and what came of it. */
export class PutForm {
  #bus: Bus | undefined;
  #leave: () => void = () => {};
  /** Whether the page's own subscription is counted in the answers. */
  readonly #listens: () => boolean;
  readonly #form = byId('put', HTMLFormElement);
  readonly #answer = new PutAnswer();
  readonly #channels = new Field('channels', channelsFault, (text) => {
    const channels = channelsOf(text);
    return channels.length === 1
      ? 'A comma or a new line between channels.'
      : `${plural(channels.length, 'channel')}: all get it, or none.`;
  });
  readonly #message = new Field(
    'message',
    messageFault,
    () => 'Any JSON value, sent exactly as you write it.',
  );
  #pending = false;

  constructor(listens: () => boolean) {
    this.#listens = listens;
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#submit();
    });
    this.#form.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.#form.requestSubmit();
    });
  }

  /** Puts on this bus from now on. */
  use(bus: Bus): void {
    this.#leave();
    this.#bus = bus;
    this.#leave = bus.on('state', () => {
      if (this.#pending) this.#answer.pending(bus.state === 'live');
    });
  }

  async #submit(): Promise<void> {
    if (this.#pending) return;
    const bus = this.#bus;
    if (bus === undefined) {
      this.#answer.refused(new Error('There is no connection yet: the server requires a token first.'));
      return;
    }
    const faulty = [this.#channels, this.#message].find((field) => !field.check());
    if (faulty) {
      faulty.focus();
      return;
    }
    this.#pending = true;
    this.#answer.pending(bus.state === 'live');
    try {
      // The text and not its value, so that the bytes on the bus are those that were typed.
      const result = await bus.publish().putText(channelsOf(this.#channels.text), this.#message.text.trim());
      this.#answer.accepted(result, this.#listens());
    } catch (error) {
      this.#answer.refused(error);
    } finally {
      this.#pending = false;
    }
  }
}
