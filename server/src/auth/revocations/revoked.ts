import type { Clock } from '@zerospan/shared';
import type { HeardRevocations, Revoked } from '../../core/access/revocations.ts';
import { TOKEN_LIFE_MS } from '../tokens/verify.ts';
import { Remembered } from './remembered.ts';

/** Most revocations that are remembered, and most lines of a file of them. */
export const REVOCATIONS = 100_000;

/**
 * How long a revocation is remembered, in ms: a token made the moment before, by a clock that is fast, has ended then.
 */
export const REMEMBERED_MS = TOKEN_LIFE_MS + 60_000;

/**
 * The same of one session, in ms. Its id never comes again: what has to be caught is one that is on its way in, which
 * has some twenty seconds.
 */
export const SESSION_REMEMBERED_MS = 60_000;

/** A revocation that has to outlive this process. */
export interface Lasting {
  /** As {@link nameOf} names it: of a subject or a token. */
  readonly name: string;
  /** When it may be forgotten: ms since 1970, and not before servers have run for `runMs` more. */
  readonly untilMs: number;
  readonly runMs: number;
}

/** A revocation as a line of the file has it: `subject:alice`. */
export function nameOf(what: Revoked): string {
  const [[kind, name] = []] = Object.entries(what);
  return `${kind}:${name}`;
}

/** What a name of {@link nameOf} says. */
function revokedOf(name: string): Revoked {
  const end = name.indexOf(':');
  return { [name.slice(0, end)]: name.slice(end + 1) } as unknown as Revoked;
}

/**
 * Those whose access was ended: while the server runs, by `revoke`, until no token of theirs can be left; by the file,
 * for as long as it names them.
 */
export class RevokedAccess implements HeardRevocations {
  readonly #clock: Clock;
  readonly #lasting: Remembered;
  /** By themselves: many of them must leave room for a subject. */
  readonly #sessions: Remembered;
  readonly #listeners = new Set<(what: Revoked) => void>();
  #listed: ReadonlyMap<string, Revoked> = new Map();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lasting = new Remembered({ clock, most: REVOCATIONS, lifeMs: REMEMBERED_MS });
    this.#sessions = new Remembered({ clock, most: REVOCATIONS, lifeMs: SESSION_REMEMBERED_MS });
  }

  get size(): number {
    return this.#lasting.size + this.#sessions.size + this.#listed.size;
  }

  has(what: Revoked): boolean {
    const name = nameOf(what);
    return this.#listed.has(name) || this.#rememberedFor(what).has(name);
  }

  revoke(what: Revoked): boolean {
    const isRemembered = this.#rememberedFor(what).add(nameOf(what));
    this.#notify(what);
    return isRemembered;
  }

  /** One that another node has made, and that may be known here. */
  heard(what: Revoked): boolean {
    const isKnown = this.has(what);
    const isRemembered = this.#rememberedFor(what).add(nameOf(what));
    if (!isKnown) this.#notify(what);
    return isRemembered;
  }

  *known(): Iterable<Revoked> {
    for (const { name } of this.lasting()) yield revokedOf(name);
  }

  /** Puts the revocations of the file in place of those it held before. */
  replace(listed: ReadonlyMap<string, Revoked>): void {
    const before = this.#listed;
    this.#listed = listed;
    for (const [name, what] of listed) if (!before.has(name)) this.#notify(what);
  }

  /** Those that a restart must not forget, oldest first. Sessions end with the process. */
  *lasting(): Iterable<Lasting> {
    for (const [name, { nowMs, elapsedMs }] of this.#lasting.entries())
      yield { name, untilMs: nowMs, runMs: Math.max(elapsedMs - this.#clock.elapsed(), 0) };
  }

  /** Remembers one of before the restart. To be called before anybody is admitted: no listener hears of it. */
  restore({ name, untilMs, runMs }: Lasting): void {
    this.#lasting.restore(name, { nowMs: untilMs, elapsedMs: this.#clock.elapsed() + runMs });
  }

  onRevoked(listener: (what: Revoked) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #rememberedFor(what: Revoked): Remembered {
    return 'session' in what ? this.#sessions : this.#lasting;
  }

  #notify(what: Revoked): void {
    for (const listener of this.#listeners) listener(what);
  }
}
