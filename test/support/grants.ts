import { type FilterSet, ZerospanError } from '@zerospan/shared';
import type { Gate, Grants, Identity, Visitor } from '../../server/src/core/access/gate.ts';
import type { ManualClock } from './manual-clock.ts';

export const ALL: FilterSet = { channels: [], prefixes: ['', '$'] };
export const NONE: FilterSet = { channels: [], prefixes: [] };

/** Exact names and, with a star at the end, prefixes: `room1 vote.*`. */
export function set(words: string): FilterSet {
  const filters = words.split(' ').filter((word) => word !== '');
  return {
    channels: filters.filter((filter) => !filter.endsWith('*')),
    prefixes: filters.filter((filter) => filter.endsWith('*')).map((filter) => filter.slice(0, -1)),
  };
}

export function grants(some: Partial<Grants> = {}): Grants {
  return { subscribe: NONE, put: NONE, history: NONE, confirm: false, admin: false, ...some };
}

/** A gate whose answers are the test's: by token, or when the test says so. */
export class TestGate implements Gate {
  /** What each token is good for. Others are `unauthorized`. */
  readonly tokens = new Map<string, Identity | Error>();
  readonly asked: { token: string | undefined; visitor: Visitor }[] = [];
  /** While it waits, nothing is answered before {@link answer}. */
  waits = false;
  readonly #answers: (() => void)[] = [];
  readonly #hasEnded = new Map<Identity, () => boolean>();

  /** @param lastsMs how long the token lasts, by a clock */
  knows(
    token: string,
    subject: string | undefined,
    some: Partial<Grants> = {},
    life?: { readonly clock: ManualClock; readonly lastsMs: number },
  ): this {
    const expiresMs = life && life.clock.now() + life.lastsMs;
    const identity = { subject, grants: grants(some), expiresMs };
    this.tokens.set(token, identity);
    if (life) this.#hasEnded.set(identity, () => life.clock.now() >= (expiresMs ?? 0));
    return this;
  }

  refuses(token: string, error: Error): this {
    this.tokens.set(token, error);
    return this;
  }

  async admit(token: string | undefined, visitor: Visitor): Promise<Identity> {
    this.asked.push({ token, visitor });
    if (this.waits) await new Promise<void>((resolve) => this.#answers.push(resolve));
    const answer = this.tokens.get(token ?? '') ?? new ZerospanError('unauthorized');
    if (answer instanceof Error) throw answer;
    if (this.#hasEnded.get(answer)?.()) throw new ZerospanError('token-expired');
    return answer;
  }

  answer(): void {
    this.#answers.shift()?.();
  }
}
