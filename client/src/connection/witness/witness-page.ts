import { shownUrl, urlParts } from '../../url.ts';
import type { Clue } from '../failures/failure.ts';
import { answerClue, statusIn } from '../failures/http-answer.ts';
import type { Socket, SocketError } from '../socket.ts';
import type { Witness } from './witness.ts';

/** How long a page may take to find out whether a server answers, in ms. */
const ASK_MS = 3_000;

/** Of the page's own server: host, port and certificate were good when the page came from there. */
const AWAY: Clue = {
  code: 'cannot-connect',
  reason: 'The server of this page answers neither a WebSocket nor an ordinary request',
  remedy: 'Start it again (zerospan serve), or check the network and the proxy between here and there.',
};

/** The part of a browser that is asked. A worker has most of it, React Native little. */
export interface Page {
  readonly location?: { readonly origin: string; readonly protocol: string };
  readonly navigator?: { readonly onLine?: boolean };
  readonly fetch?: (url: string, options: object) => Promise<PageAnswer>;
  readonly addEventListener?: (type: string, hear: (event: never) => void) => void;
  readonly removeEventListener?: (type: string, hear: (event: never) => void) => void;
}

interface PageAnswer {
  readonly status: number;
  readonly type: string;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}

interface Violation {
  readonly blockedURI: string;
  readonly disposition: string;
}

/** A browser says nothing of why a WebSocket failed, by design; the page around it says some of it. */
export function pageWitness(socket: Socket, url: string, page: Page): Witness {
  const target = { hostname: urlParts(url).hostname, origin: originOf(url) };
  let isBlocked = false;
  let message = '';
  const blocked = ({ blockedURI, disposition }: Violation): void => {
    isBlocked ||= disposition === 'enforce' && originOf(blockedURI) === target.origin;
  };
  page.addEventListener?.('securitypolicyviolation', blocked);
  const stop = (): void => page.removeEventListener?.('securitypolicyviolation', blocked);
  socket.addEventListener('open', stop);
  // React Native gives one.
  socket.addEventListener('error', (event) => {
    message = (event as SocketError | undefined)?.message ?? '';
  });
  const clue = (): Clue => {
    if (isMixed(url, page)) return { code: 'mixed-content' };
    if (isBlocked) return { code: 'blocked-by-page' };
    if (page.navigator?.onLine === false && !isLoopback(target.hostname)) return { code: 'offline' };
    const status = statusIn(message);
    if (status !== undefined) return { ...answerClue({ status }), detail: message };
    return { code: 'cannot-connect', ...(message !== '' && { detail: message }) };
  };
  return {
    clue,
    inquiry: () => {
      const { fetch, location } = page;
      if (fetch === undefined || location === undefined || clue().code !== 'cannot-connect') return undefined;
      return async () => {
        const isOwn = location.origin === target.origin;
        page.addEventListener?.('securitypolicyviolation', blocked);
        const found = await ask(url.replace(/^ws/, 'http'), isOwn, page).catch(() =>
          isOwn ? AWAY : undefined,
        );
        stop();
        return isBlocked ? { code: 'blocked-by-page' } : found;
      };
    },
    stop,
  };
}

/** @returns undefined when nothing answers, or the browser does not let it be seen */
async function ask(url: string, isOwn: boolean, page: Page): Promise<Clue | undefined> {
  const { fetch, location } = page;
  const options = isOwn
    ? { mode: 'same-origin', redirect: 'manual', cache: 'no-store' }
    : { mode: 'no-cors', credentials: 'omit', cache: 'no-store' };
  const late = new Promise<undefined>((resolve) => {
    setTimeout(resolve, ASK_MS, undefined);
  });
  const answer = await Promise.race([fetch?.(url, options), late]);
  if (answer === undefined) return undefined;
  if (!isOwn) {
    // Of another origin a page sees only that something answers.
    return {
      code: 'websocket-refused',
      remedy: `Check in this order: that the server allows this page (--origin ${location?.origin}; its log says so), the path of the url, a proxy that does not pass upgrades, the limit of connections.`,
    };
  }
  if (answer.type === 'opaqueredirect') return { code: 'redirected' };
  // What the bus itself answers to an ordinary request: the path is right.
  if (answer.status === 426)
    return (
      (await refusedOrigin(url, late, page)) ?? {
        code: 'websocket-refused',
        remedy:
          'Have the proxy in front pass the headers Upgrade and Connection, with HTTP/1.1; without a proxy, look into ' +
          'the log of the server: the limit of connections may be reached.',
      }
    );
  return answerClue({ status: answer.status, body: await answer.text() });
}

/**
 * Whether the server rejects the page's own origin. Browsers name it in a WebSocket's handshake, and of requests to the
 * page's own server only in those that are no GET.
 */
async function refusedOrigin(
  url: string,
  late: Promise<undefined>,
  { fetch, location }: Page,
): Promise<Clue | undefined> {
  const options = { method: 'POST', mode: 'same-origin', redirect: 'manual', cache: 'no-store' };
  const answer = await Promise.race([fetch?.(url, options), late]);
  if (answer?.status !== 403) return undefined;
  const clue = answerClue({ status: answer.status, body: await answer.text() });
  if (clue.code !== 'origin-refused') return undefined;
  return {
    ...clue,
    remedy: `Name the origin of this page in the setting origins of the server: --origin ${location?.origin}`,
  };
}

/** What a WebSocket class threw. */
export function thrownClue(error: unknown, url: string, page: Page): Clue {
  if (isMixed(url, page)) return { code: 'mixed-content', cause: error };
  return { code: 'socket-failed', detail: String(error), cause: error };
}

function isMixed(url: string, { location }: Page): boolean {
  const { protocol, hostname } = urlParts(url);
  return location?.protocol === 'https:' && protocol === 'ws:' && !isLoopback(hostname);
}

function isLoopback(hostname: string): boolean {
  return /^(localhost|.*\.localhost|127\..*|\[::1\])$/.test(hostname);
}

/** The origin that a page would have there; a policy names what it blocked by http: as well as by ws:. */
function originOf(url: string): string {
  return /^\w+:\/\/[^/?#]*/.exec(shownUrl(url))?.[0].replace(/^ws/, 'http') ?? '';
}
