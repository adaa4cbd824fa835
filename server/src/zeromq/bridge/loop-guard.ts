import { randomUUID } from 'node:crypto';
import type { Clock } from '@zerospan/shared';

/** The server's own channel on which bridges announce themselves to each other. */
export const BRIDGE_CHANNEL = '$zerospan.bridge';

/** How often a bridge announces itself while other bridges listen, in ms. */
export const ANNOUNCE_MS = 5_000;

/** Other bridges whose announcements are remembered; beyond it the longest silent one is forgotten. */
export const REMEMBERED_BRIDGES = 1_024;

/**
 * How old an announcement may be to be passed on to a new bridge, in ms: longer silence means that the way here is
 * gone.
 */
const FRESH_MS = 3 * ANNOUNCE_MS;

/** Longest announcement that is read, in bytes. */
const ANNOUNCEMENT_MAX_BYTES = 256;

interface Announcement {
  readonly nonce: string;
  readonly n: number;
}

/** The last announcement of another bridge. */
interface Neighbour {
  readonly n: number;
  readonly payload: Uint8Array;
  readonly atMs: number;
}

/**
 * What an announcement heard from a source means: it is this bridge's `own`, so that the source leads back here;
 * another's, which was `relayed` just now or is `known` already; or none at all.
 */
export type Heard = 'own' | 'relayed' | 'known' | 'unreadable';

export interface LoopGuardOptions {
  readonly clock: Clock;
  /** Names this bridge; random unless a test says otherwise. */
  readonly nonce?: string;
}

/**
 * Finds out whether what this bridge sends comes back to it. Two bridges that source each other would otherwise send
 * every message round for ever. Any circle is closed by a last link: when it subscribes, the bridge at its upper end
 * sends its own announcement and those it has heard lately, and every bridge of the circle hands on what is new to it.
 * So each bridge of the circle hears of itself at once, before any publication has gone round.
 */
export class LoopGuard {
  readonly nonce: string;
  #send: (payload: Uint8Array) => void = () => undefined;
  readonly #clock: Clock;
  /** What was heard last from each other bridge, the longest silent one first. */
  readonly #heard = new Map<string, Neighbour>();
  #n = 0;
  #listeners = 0;
  #stopTimer: (() => void) | undefined;

  constructor({ clock, nonce = randomUUID() }: LoopGuardOptions) {
    this.#clock = clock;
    this.nonce = nonce;
  }

  /** Names the way out: `send` takes a payload to the peers that listen on {@link BRIDGE_CHANNEL}. */
  attach(send: (payload: Uint8Array) => void): void {
    this.#send = send;
  }

  /**
   * Sets how many peers listen on {@link BRIDGE_CHANNEL} now. A new one is sent this bridge's announcement and those
   * heard lately.
   */
  listeners(count: number): void {
    const grew = count > this.#listeners;
    this.#listeners = count;
    if (count === 0) this.close();
    if (!grew) return;
    this.#announce();
    const sinceMs = this.#clock.elapsed() - FRESH_MS;
    for (const { payload, atMs } of this.#heard.values()) if (atMs >= sinceMs) this.#send(payload);
  }

  /** Takes an announcement from a source, and hands it on if it is another bridge's and new. */
  hear(payload: Uint8Array): Heard {
    const said = readAnnouncement(payload);
    if (!said) return 'unreadable';
    if (said.nonce === this.nonce) return 'own';
    if (said.n <= (this.#heard.get(said.nonce)?.n ?? 0)) return 'known';
    this.#remember(said, payload);
    this.#send(payload);
    return 'relayed';
  }

  close(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  #announce(): void {
    this.close();
    this.#n++;
    this.#send(Buffer.from(JSON.stringify({ nonce: this.nonce, n: this.#n })));
    this.#stopTimer = this.#clock.later(ANNOUNCE_MS, () => this.#announce());
  }

  #remember({ nonce, n }: Announcement, payload: Uint8Array): void {
    this.#heard.delete(nonce);
    // A copy: the view would keep the whole received message.
    this.#heard.set(nonce, { n, payload: Uint8Array.from(payload), atMs: this.#clock.elapsed() });
    if (this.#heard.size <= REMEMBERED_BRIDGES) return;
    const [longestSilent] = this.#heard.keys();
    if (longestSilent !== undefined) this.#heard.delete(longestSilent);
  }
}

function readAnnouncement(payload: Uint8Array): Announcement | undefined {
  if (payload.byteLength > ANNOUNCEMENT_MAX_BYTES) return undefined;
  try {
    const said: unknown = JSON.parse(Buffer.from(payload).toString());
    if (typeof said !== 'object' || said === null) return undefined;
    const { nonce, n } = said as Record<string, unknown>;
    return typeof nonce === 'string' && nonce !== '' && Number.isSafeInteger(n)
      ? { nonce, n: n as number }
      : undefined;
  } catch {
    return undefined;
  }
}
