import { type Clock, encodeControl } from '@zerospan/shared';
import { Since } from '../since.ts';
import type { BusOptions } from '../types.ts';
import { askToken } from './token.ts';

/**
 * When of its lifetime a token is renewed, and how far that is spread: clients that came together need not renew
 * together.
 */
const SHARE = { at: 0.75, spread: 0.1 } as const;

/**
 * The least time between two renewals, in ms: a token() that answers the same token again and again is not asked
 * without end.
 */
const APART_MS = 1_000;

export interface Refreshing {
  readonly token: NonNullable<BusOptions['token']>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly send: (frame: string) => void;
  readonly failed: (error: unknown) => void;
}

/** Keeps the token of one connection fresh while it lives. It ends with the connection. */
export class Refresh {
  readonly #with: Refreshing;
  #validity: { readonly since: Since; readonly lastsMs: number } | undefined;
  #callOff: () => void = () => {};

  constructor(refreshing: Refreshing) {
    this.#with = refreshing;
  }

  /** The server has sent how long the token lasts, in ms; null: it does not expire. */
  lasts(expiresInMs: number | null): void {
    this.#callOff();
    if (expiresInMs === null) return;
    this.#validity = { since: new Since(this.#with.clock), lastsMs: expiresInMs };
    this.#askSoon();
  }

  stop(): void {
    this.#callOff();
  }

  #askSoon(): void {
    const { clock, random } = this.#with;
    const leftMs = this.#validity ? this.#validity.lastsMs - this.#validity.since.ms : 0;
    // It has ended: the server closes, and the next connection begins with a fresh one.
    if (leftMs <= 0) return;
    const share = SHARE.at + SHARE.spread * (random() - 0.5);
    this.#callOff = clock.later(Math.max(leftMs * share, APART_MS), () => this.#ask());
  }

  #ask(): void {
    const { token, clock, send, failed } = this.#with;
    this.#callOff = askToken(token, clock, {
      given: (fresh) => send(encodeControl({ auth: { token: fresh } })),
      failed: (error) => {
        failed(error);
        this.#askSoon();
      },
    });
  }
}
