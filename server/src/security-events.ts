import type { Clock } from '@zerospan/shared';
import type { Meter } from './core/meter.ts';
import { LogThrottle } from './log-throttle.ts';

/** Security events, by names that stay: programs that watch a log rely on them. */
export const SECURITY_EVENTS = {
  'started-insecure': 'the server lacks what it needs beyond this machine, and runs because of --insecure',
  'bad-request': 'rejected a request that can be read in more than one way',
  'bad-handshake': 'rejected a WebSocket handshake that RFC 6455 does not allow',
  'origin-refused': 'rejected a page: its origin may not connect',
  'host-refused': 'rejected a request: its Host header does not name this machine',
  'proxy-only': 'rejected a connection that did not come through the proxy',
  'connection-refused': 'rejected a connection: a limit is reached',
  'token-refused': 'rejected a client: its token is missing or not valid',
  'gate-failed': 'could not verify the token of a request: the verification failed, or did not answer',
  'token-expired': 'closed a connection: its token has expired',
  forbidden: 'refused a request that no grant covers',
  revoked: 'rejected a client, or closed its session: its access was revoked',
  'keys-reloaded': 'read keys, certificates or revocations again',
  'keys-not-reloaded': 'could not read keys, certificates or revocations again; the old ones stay in use',
  'revocations-unheard':
    'cannot hear what other nodes have revoked, or has no room for it: clients that were revoked may be admitted',
  'revocations-not-kept': 'could not write down what was revoked over HTTP: the next restart forgets it',
} as const;

export type SecurityEvent = keyof typeof SECURITY_EVENTS;

/** What is known of one event. Never a payload, a token or a key. */
export type About = Readonly<Record<string, string | number | undefined>>;

/** Where lines go: of a logger, the part that is used. */
export interface SecurityLog {
  warn(about: object, text: string): void;
}

/** What comes from outside is cut to this many UTF-16 units in a line. */
const SHOWN = 300;

interface Tally {
  count: number;
  readonly throttle: LogThrottle;
}

/** Reports security events to the log and the metrics: each is counted, few are written. */
export class SecurityEvents {
  readonly #log: SecurityLog;
  readonly #tallies: ReadonlyMap<SecurityEvent, Tally>;

  constructor(log: SecurityLog, clock: Clock) {
    this.#log = log;
    const names = Object.keys(SECURITY_EVENTS) as SecurityEvent[];
    this.#tallies = new Map(names.map((name) => [name, { count: 0, throttle: new LogThrottle(clock) }]));
  }

  report(event: SecurityEvent, about: About = {}): void {
    const tally = this.#tallies.get(event) as Tally;
    tally.count++;
    const shown = cut(about);
    const suppressed = tally.throttle.due(sameOf(event, shown), shown.address?.toString());
    if (suppressed === undefined) return;
    this.#log.warn({ event, ...shown, ...(suppressed > 0 && { suppressed }) }, SECURITY_EVENTS[event]);
  }

  get meter(): Meter {
    return {
      kind: 'counter',
      name: 'zerospan_security_events_total',
      help: 'Security events',
      label: 'event',
      read: () => [...this.#tallies].map(([event, { count }]) => [event, count] as const),
    };
  }
}

/** What makes two lines the same one: a line with a remedy is the same for everybody to whom it happens. */
function sameOf(
  event: SecurityEvent,
  { remedy, address }: Record<string, string | number>,
): string | undefined {
  if (remedy === undefined) return undefined;
  // An address that tries tokens has to be seen, although the remedy is the same for all of them.
  return event === 'token-refused' ? `${remedy} ${address}` : `${remedy}`;
}

function cut(about: About): Record<string, string | number> {
  const shown: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(about)) {
    if (value === undefined) continue;
    shown[name] = typeof value === 'string' ? plain(value) : value;
  }
  return shown;
}

/** Short, and without what a terminal would act on. JSON escapes the older control characters alone. */
function plain(text: string): string {
  const short = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
  return short.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (each) => {
    const code = each.codePointAt(0) ?? 0;
    return `\\u${code.toString(16).padStart(4, '0')}`;
  });
}
