import { readFileSync } from 'node:fs';
import { Bus, type SocketClass, ZerospanError } from '@zerospan/client';
import { WebSocket } from 'ws';
import { CONNECT_MS, DEFAULT_URL } from './defaults.ts';
import { EXIT, Failure } from './failure.ts';
import { say, type Terminal } from './terminal.ts';
import { TOKEN_VARIABLE, tokenSource } from './token-file.ts';

/** The bus's address from what a user gives: also the page's address, or a host and port alone. */
export function busUrl(text: string): string {
  const wrong = (): Failure =>
    new Failure(EXIT.usage, `--url ${text} is no address of a server`, `Write it as ${DEFAULT_URL}.`);
  const parsed = URL.canParse(text) && /^(ws|http)s?:/i.test(text) ? new URL(text) : undefined;
  const url =
    parsed ?? (/^[^\s/:]+(:\d+)?$|^\[[\da-f:]+\](:\d+)?$/i.test(text) ? new URL(`ws://${text}`) : undefined);
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
 * A bus that is connected. Later losses of the connection are told on stderr, and are the bus's own to mend.
 * @param timeoutMs at most {@link CONNECT_MS} is waited for in any case
 * @throws Failure with exit code 69 when the first attempt fails
 */
export async function connect(
  { url, ca: file, tokenFile }: Way,
  terminal: Terminal,
  timeoutMs = CONNECT_MS,
): Promise<Bus> {
  const token = tokenSource(tokenFile, terminal);
  const ca = authority(file);
  const bus = new Bus(url, {
    ...(ca && { WebSocket: trusting(ca) }),
    ...(token && { token }),
  });
  let fault: Error | undefined;
  bus.on('error', (error) => {
    fault = error;
    say(terminal, `zerospan: ${error.message}${error instanceof ZerospanError ? ` ${error.remedy}` : ''}`);
  });
  try {
    await live(bus, terminal, Math.min(timeoutMs, CONNECT_MS));
  } catch (error) {
    await bus.close({ timeoutMs: 0 });
    if (!(error instanceof Failure)) throw error;
    const reason = fault ? `: ${fault.message}` : '';
    const remedy = remedyOf(fault, url, token !== undefined);
    throw new Failure(EXIT.cannotConnect, `${error.message} ${url}${reason}`, remedy);
  }
  bus.on('state', (state) => {
    if (state === 'waiting') say(terminal, 'zerospan: the connection is lost; trying again');
    if (state === 'live') say(terminal, 'zerospan: connected again');
  });
  return bus;
}

/** @param fault what the bus told last: with a code, it is the word of a server that runs */
function remedyOf(fault: Error | undefined, url: string, hasToken: boolean): string {
  if (fault instanceof ZerospanError) {
    const how = `in ${TOKEN_VARIABLE}, or with --token-file FILE where the command has that flag.`;
    if (fault.code === 'token-expired') return `Give a fresh token, ${how}`;
    if (fault.code !== 'unauthorized') return fault.remedy;
    return hasToken
      ? `The server does not take this token. Give one that was made for it, ${how}`
      : `The server wants a token. Give one that was made for it, ${how}`;
  }
  return url.startsWith('wss:')
    ? 'See that it runs there. Where its certificate is self-made, name that with --ca, or in NODE_EXTRA_CA_CERTS.'
    : 'Start one with "zerospan serve", or name it with --url.';
}

function live(bus: Bus, { interrupted }: Terminal, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (error?: Error): void => {
      clearTimeout(timer);
      off();
      interrupted.removeEventListener('abort', onInterrupted);
      if (error) reject(error);
      else resolve();
    };
    const onInterrupted = (): void => finish(new ZerospanError('aborted'));
    const look = (): void => {
      if (bus.state === 'live') finish();
      else if (bus.state !== 'connecting') finish(new Failure(EXIT.cannotConnect, 'cannot connect to'));
    };
    const timer = setTimeout(
      () => finish(new Failure(EXIT.cannotConnect, 'no answer in time from')),
      timeoutMs,
    );
    const off = bus.on('state', look);
    interrupted.addEventListener('abort', onInterrupted, { once: true });
    if (interrupted.aborted) onInterrupted();
    else look();
  });
}
