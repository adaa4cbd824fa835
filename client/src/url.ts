/** The parts of a url of a bus that are asked for. React Native's `URL` has not all of them. */
export interface UrlParts {
  /** `ws:` or `wss:` */
  readonly protocol: string;
  /** Brackets included. */
  readonly hostname: string;
  readonly port: string;
  readonly path: string;
}

const PARTS = /^(\w+:)\/\/(?:[^/?#]*@)?(\[[^\]]*\]|[^:/?#]*):?(\d*)([^?#]*)/;

export function urlParts(url: string): UrlParts {
  const [, protocol = '', hostname = '', port = '', path = ''] = PARTS.exec(url) ?? [];
  return { protocol, hostname, port, path };
}

/** Without what may be a secret: a user's name and password, and the query. */
export function shownUrl(url: string): string {
  const { protocol, hostname, port, path } = urlParts(url);
  return `${protocol}//${hostname}${port && `:${port}`}${path}`;
}

/**
 * The url that a WebSocket takes. Without a path, as the address of a server or of its page is given, it is that of the
 * bus, `/bus`.
 * @throws TypeError for one that is none, or has another scheme
 */
export function socketUrl(url: string): string {
  const { location } = globalThis as { location?: { readonly href: string } };
  // A WebSocket refuses a fragment, and would refuse it again at every attempt.
  const bare = String(url).replace(/#.*$/s, '');
  let href: string;
  try {
    href = new URL(bare, location?.href).href;
  } catch (cause) {
    throw new TypeError(
      `${quoted(url)} is no url of a bus: give all of it, such as ws://127.0.0.1:8080/bus. Only a page may leave out scheme and host.`,
      { cause },
    );
  }
  if (!/^(ws|http)s?:/.test(href))
    throw new TypeError(`the url of a bus begins with ws: or wss:, unlike ${quoted(url)}`);
  return href.replace(/^http/, 'ws').replace(/^(\w+:\/\/[^/?]+)\/?(?=$|\?)/, '$1/bus');
}

function quoted(url: unknown): string {
  return JSON.stringify(String(url).slice(0, 80));
}
