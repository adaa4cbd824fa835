import { signal } from '@preact/signals';

/** Where the page keeps things over reloads: `localStorage`, or a fake of it. */
export type Shelf = Pick<Storage, 'getItem' | 'setItem'>;

/** A message that a person has saved under a name. */
export interface Template {
  readonly name: string;
  readonly text: string;
}

/** Channels that a person has saved under a name. */
export interface TargetGroup {
  readonly name: string;
  readonly channels: readonly string[];
}

/** What was sent from here, without its text: that may be sensitive, and is in the log as long as that holds it. */
export interface Sent {
  readonly epoch: string;
  /** Of its first channel. */
  readonly offset: number;
  readonly time: number;
  readonly channel: string;
  readonly channels: number;
  /** Who was signed in; left out: nobody, access control is off. */
  readonly sender?: string;
}

/** Things of one kind, at most. */
const THINGS_MOST = 50;

/** Of one kind, in characters of JSON: a browser grants a site some millions in all. */
const CHARACTERS_MOST = 512 * 1024;

const KEY = 'zerospan.broadcast.';

/** A bounded list that a browser keeps, newest first. What it cannot read is as if it were not there. */
export class Kept<T> {
  readonly #shelf: Shelf | undefined;
  readonly #key: string;
  readonly #isGood: (thing: unknown) => thing is T;
  readonly #sameAs: (one: T, other: T) => boolean;
  readonly #writes = signal(0);

  /** @param shelf undefined: the browser keeps nothing, and the list is empty @param sameAs which one it replaces */
  constructor(
    shelf: Shelf | undefined,
    kind: string,
    isGood: (thing: unknown) => thing is T,
    sameAs: (one: T, other: T) => boolean,
  ) {
    this.#shelf = shelf;
    this.#key = KEY + kind;
    this.#isGood = isGood;
    this.#sameAs = sameAs;
  }

  /** A component that reads it is drawn again when it changes here. */
  all(): readonly T[] {
    void this.#writes.value;
    try {
      const things: unknown = JSON.parse(this.#shelf?.getItem(this.#key) ?? '[]');
      return Array.isArray(things) ? things.filter(this.#isGood).slice(0, THINGS_MOST) : [];
    } catch {
      return [];
    }
  }

  /** Answers whether it is kept: false where it is too large, or the browser keeps nothing. */
  add(thing: T): boolean {
    const others = this.all().filter((other) => !this.#sameAs(thing, other));
    const things = [thing, ...others].slice(0, THINGS_MOST);
    while (things.length > 1 && JSON.stringify(things).length > CHARACTERS_MOST) things.pop();
    return JSON.stringify(things).length <= CHARACTERS_MOST && this.#write(things);
  }

  remove(thing: T): void {
    this.#write(this.all().filter((other) => !this.#sameAs(thing, other)));
  }

  #write(things: readonly T[]): boolean {
    if (this.#shelf === undefined) return false;
    try {
      this.#shelf.setItem(this.#key, JSON.stringify(things));
      this.#writes.value += 1;
      return true;
    } catch {
      // Full, or turned off.
      return false;
    }
  }
}

const isNamed = (one: { readonly name: string }, other: { readonly name: string }): boolean =>
  one.name === other.name;

export function templatesOn(shelf: Shelf | undefined): Kept<Template> {
  return new Kept(shelf, 'templates', isTemplate, isNamed);
}

export function groupsOn(shelf: Shelf | undefined): Kept<TargetGroup> {
  return new Kept(shelf, 'groups', isGroup, isNamed);
}

export function sentOn(shelf: Shelf | undefined): Kept<Sent> {
  return new Kept(shelf, 'sent', isSent, (a, b) => a.epoch === b.epoch && a.offset === b.offset);
}

function isTemplate(thing: unknown): thing is Template {
  const { name, text } = partsOf(thing);
  return typeof name === 'string' && typeof text === 'string';
}

function isGroup(thing: unknown): thing is TargetGroup {
  const { name, channels } = partsOf(thing);
  return (
    typeof name === 'string' && Array.isArray(channels) && channels.every((one) => typeof one === 'string')
  );
}

function isSent(thing: unknown): thing is Sent {
  const { epoch, offset, time, channel, channels, sender } = partsOf(thing);
  const numbers = [offset, time, channels].every(Number.isSafeInteger);
  const texts = [epoch, channel, sender ?? ''].every((text) => typeof text === 'string');
  return numbers && texts;
}

function partsOf(thing: unknown): Record<string, unknown> {
  return typeof thing === 'object' && thing !== null ? (thing as Record<string, unknown>) : {};
}
