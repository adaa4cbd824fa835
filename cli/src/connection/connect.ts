import { readFileSync } from 'node:fs';
import { Bus, type SocketClass, ZerospanError } from '@zerospan/client';
import { WebSocket } from 'ws';
import { EXIT, Failure } from '../terminal/failure.ts';
import { say, type Terminal } from '../terminal/terminal.ts';
import { CONNECT_MS, DEFAULT_URL, TOKEN_VARIABLE, tokenSource } from './defaults.ts';

/** The bus's address from what a user gives: also the page's address, or a host and port alone. */
export function busUrl(text: string): string {
  const wrong = (): Failure =>
    new Failure(EXIT.usage, `--url ${text} is no address of a server`, `Write it as ${DEFAULT_URL}.`);
  const parsed = URL.canParse(text) && /^(ws|http)s?:/i.test(text) ? new URL(text) : undefined;
  const url =
    parsed ??
    (/^[^-\s/:][^\s/:]*(:\d+)?$|^\[[\da-f:]+\](:\d+)?$/i.test(text) ? new URL(`ws://${text}`) : undefined);
  if (!url) throw wrong();
  if (url.pathname === '/') url.pathname = '/bus';
  url.protocol = url.protocol.replace('http', 'ws');
  return url.href;
}

/** How a server is reached. */
export interface Way {
  readonly url: string;
  /** File with the certificates of the authority that the server's is of, in PEM, in place of the system's. */
  readonly ca?: string | undefined;
  /** File with the token to come in with. Left out: that of `ZEROSPAN_TOKEN`, or none. */
  readonly tokenFile?: string | undefined;
  /** What operators see the client as. */
  readonly name?: string;
}

/** What a file of `--ca` holds. @throws Failure with exit code 2 when it cannot be read or holds no certificate */
export function authority(file: string | undefined): Buffer | undefined {
  if (file === undefined) return undefined;
  const wrong = (why: string): Failure =>
    new Failure(EXIT.usage, `--ca ${file}: ${why}`, 'Name a file with certificates in PEM.');
  let content: Buffer;
  try {
    content = readFileSync(file);
  } catch (cause) {
    throw wrong(`it cannot be read (${(cause as NodeJS.ErrnoException).code})`);
  }
  // Node ignores what is none, and would then trust nobody.
  if (!content.includes('-----BEGIN CERTIFICATE-----')) throw wrong('it holds no certificate');
  return content;
}

/** A socket class that trusts an authority of one's own. */
function trusting(ca: Buffer): SocketClass {
  return class extends WebSocket {
    constructor(url: string, protocol: string) {
      super(url, protocol, { perMessageDeflate: false, ca });
    }
  };
}

/**
 * A bus that is connected. Later losses of the connection are reported on stderr, and are the bus's own to make good.
 * @param timeoutMs at most {@link CONNECT_MS} is waited for in any case
 * @throws Failure with exit code 69 when the first attempt fails
 */
export async function connect(
  { url, ca: file, tokenFile, name }: Way,
  terminal: Terminal,
  timeoutMs = CONNECT_MS,
): Promise<Bus> {
  const token = tokenSource(tokenFile, terminal);
  const ca = authority(file);
  const bus = new Bus(url, {
    ...(ca && { WebSocket: trusting(ca) }),
    ...(token && { token }),
    ...(name !== undefined && { name }),
  });
  // The commands hint at prefixes themselves, by their flags.
  bus.on('warning', () => {});
  try {
    await live(
      bus,
      { url, hasToken: token !== undefined, timeoutMs: Math.min(timeoutMs, CONNECT_MS) },
      terminal,
    );
  } catch (error) {
    await bus.close({ timeoutMs: 0 });
    throw error;
  }
  report(bus, token !== undefined, terminal);
  return bus;
}

const STALE =
  'zerospan: the server does not reach its log: what is here may be old, and what is put waits until it is back';
const BACK = 'zerospan: the server reaches its log again';

/** Where the command line takes a token from. */
const HOW = `in ${TOKEN_VARIABLE}, or in a file with --token-file.`;

/**
 * What to do, where the command line knows it better than any client, by the failure's code; else in the client's
 * words.
 */
function remedyOf({ code, remedy }: ZerospanError, hasToken: boolean): string {
  if (code === 'unauthorized')
    return `The server ${hasToken ? 'rejects this' : 'requires a'} token. Give one that was made for it, ${HOW}`;
  if (code === 'token-expired') return `Give a fresh token, ${HOW}`;
  if (code === 'certificate-untrusted') return `${remedy} Here --ca names such a file, too.`;
  return /\burl\b/.test(remedy) ? `${remedy} The url is that of --url.` : remedy;
}

function report(bus: Bus, hasToken: boolean, terminal: Terminal): void {
  let wasLive = true;
  let isStale = bus.state === 'stale';
  bus.on('error', (error) => say(terminal, `zerospan: ${error.message} ${remedyOf(error, hasToken)}`));
  bus.on('state', (state, { failure }) => {
    if (state === 'waiting' && wasLive)
      say(terminal, `zerospan: the connection is lost (${failure?.code}); reconnecting`);
    if (state === 'stale') say(terminal, STALE);
    if (state === 'live') say(terminal, isStale ? BACK : 'zerospan: connected again');
    isStale = state === 'stale';
    wasLive = state === 'live' || (wasLive && state !== 'waiting');
  });
  // The server may have said so behind its welcome.
  if (isStale) say(terminal, STALE);
}

function live(
  bus: Bus,
  {
    url,
    hasToken,
    timeoutMs,
  }: { readonly url: string; readonly hasToken: boolean; readonly timeoutMs: number },
  { interrupted }: Terminal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (error?: Error): void => {
      clearTimeout(timer);
      for (const off of offs) off();
      interrupted.removeEventListener('abort', onInterrupted);
      if (error) reject(error);
      else resolve();
    };
    const failed = (failure: ZerospanError): void =>
      finish(new Failure(EXIT.cannotConnect, failure.message, remedyOf(failure, hasToken)));
    const onInterrupted = (): void => finish(new ZerospanError('aborted'));
    const timer = setTimeout(() => {
      const late = `No answer from ${url} within ${timeoutMs} ms.`;
      failed(bus.lastFailure ?? new ZerospanError('no-answer', late));
    }, timeoutMs);
    // Not the state: of some failures more is known a moment after the bus begins to wait.
    const offs = [bus.on('error', failed), bus.on('state', (state) => state === 'live' && finish())];
    interrupted.addEventListener('abort', onInterrupted, { once: true });
    if (interrupted.aborted) onInterrupted();
  });
}
