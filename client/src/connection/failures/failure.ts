import { CLOSE, CODES, type Code, type ErrorBody, ZerospanError } from '@zerospan/shared';
import { shownUrl } from '../../url.ts';

/** What is known of why a connection failed. */
export interface Clue {
  readonly code: Code;
  /** In place of the code's own meaning. */
  readonly reason?: string | undefined;
  /** What stands behind the address: an error code of the platform, a status, a close code. */
  readonly detail?: string | undefined;
  readonly remedy?: string | undefined;
  readonly cause?: unknown;
}

/** How far a connection had come: its socket was being opened, `hello` was sent, or the server had said `welcome`. */
export type Stage = 'opening' | 'greeting' | 'live';

/** Why this side ended a connection. `unreadable`: the server sent a frame that cannot be read. */
export type OwnEnd = 'user' | 'slot' | 'away' | 'silence' | 'unreadable' | 'subprotocol';

/** How a connection ended, in facts. */
export interface Ending {
  readonly stage: Stage;
  readonly code: number;
  readonly reason: string;
  /** Set when this side ended it. */
  readonly own: OwnEnd | undefined;
  /** The server's last `error`, if it sent one. */
  readonly error: ErrorBody | undefined;
  /** How long nothing had been heard over it, in ms. */
  readonly quietMs: number;
  /** With `unreadable`: what reading it threw. */
  readonly cause?: unknown;
}

const BY_OWN_END = {
  slot: 'going-away',
  away: 'log-away',
  user: 'closed',
  unreadable: 'unreadable-frame',
  subprotocol: 'protocol-mismatch',
} as const satisfies Partial<Record<OwnEnd, Code>>;

const BY_SILENCE = {
  opening: 'no-answer',
  greeting: 'no-welcome',
  live: 'server-silent',
} as const satisfies Record<Stage, Code>;

/** RFC 6455: the peer goes away; IANA: it restarts. */
const BY_CLOSE: Readonly<Record<number, Code>> = {
  1001: 'going-away',
  1012: 'going-away',
  1005: 'connection-lost',
  1006: 'connection-lost',
  [CLOSE.goingAway.code]: 'going-away',
  [CLOSE.silent.code]: 'connection-lost',
  [CLOSE.replaced.code]: 'replaced',
  [CLOSE.helloTimeout.code]: 'hello-timeout',
  [CLOSE.failed.code]: 'server-failed',
  [CLOSE.expired.code]: 'token-expired',
  [CLOSE.crowded.code]: 'too-many-connections',
};

/** Ends of a live connection that are no failure: `on('error')` does not report them. */
const ORDERLY: ReadonlySet<Code> = new Set<Code>(['going-away', 'token-expired', 'closed']);

export function isOrderly({ stage }: Ending, { code }: Clue): boolean {
  return stage === 'live' && ORDERLY.has(code);
}

/** What the end of a connection says of its cause. One that never opened may have a better witness. */
export function clueOf({ stage, code, reason, own, error, cause }: Ending): Clue {
  if (own === 'silence') return { code: BY_SILENCE[stage] };
  if (own !== undefined) return { code: BY_OWN_END[own], cause };
  const known = BY_CLOSE[code];
  // An error of a live connection may be an old one, and have nothing to do with its end.
  if (error !== undefined && (stage !== 'live' || error.code === known)) {
    const isKnown = Object.hasOwn(CODES, error.code);
    return {
      code: isKnown ? (error.code as Code) : (known ?? 'connection-closed'),
      reason: isKnown ? error.reason : `${error.code}: ${error.reason}`,
      remedy: error.remedy,
      detail: String(code),
    };
  }
  if (stage === 'opening') return { code: 'cannot-connect' };
  return { code: known ?? 'connection-closed', detail: `${code} ${reason}`.trim() };
}

/** An error of a connection to this url that the bus makes again by itself. */
export function failureOf({ code, reason, detail, remedy, cause }: Clue, url: string): ZerospanError {
  const sentence = (reason ?? CODES[code].meaning).replace(/\.$/, '');
  const about = [shownUrl(url), detail].filter(Boolean).join(': ');
  return new ZerospanError(code, `${sentence} (${about}).`, { remedy, cause, final: false });
}
