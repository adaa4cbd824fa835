import { PAGE_ORIGIN } from './origins.ts';

/** How an operator gives a setting: on the command line, or as an option of the plugin. */
export type Given = 'flag' | 'option';

/** What an operator does to admit a page of this origin. */
export function cureOfOrigin(origin: string, given: Given): string {
  if (origin === 'null')
    return 'A file and a sandboxed frame have no origin of their own: serve the page over http or https.';
  if (!PAGE_ORIGIN.test(origin)) return 'Only pages over http or https can be admitted.';
  return `To admit this page: ${originLine(origin, given)}`;
}

/** What an operator does to be reached under this name. */
export function cureOfHost(host: string | undefined, isTls: boolean, given: Given): string {
  const origin = `${isTls ? 'https' : 'http'}://${host?.toLowerCase()}`;
  if (host === undefined || !PAGE_ORIGIN.test(origin)) return 'Use http://127.0.0.1 or http://localhost.';
  return `If this name is yours: ${originLine(origin, given)}`;
}

/** What an operator does about a connection that did not come through a proxy. */
export function cureOfProxy(address: string): string {
  return `Connect to the proxy. If ${address} is a proxy that does TLS: --behind-proxy ${address}`;
}

/** What an operator does about a limit of connections that is reached. */
export function cureOfLimit(limit: string, address: string, given: Given): string {
  const flag = limit.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
  const line = given === 'flag' ? `--limits-${flag} N` : `limits: { ${limit}: N }`;
  const raise = `To admit more: ${line}`;
  return limit === 'connectionsPerAddress' && given === 'flag' && address !== ''
    ? `${raise}. If ${address} is a proxy: --behind-proxy ${address}`
    : raise;
}

function originLine(origin: string, given: Given): string {
  return given === 'flag' ? `--origin ${origin}` : `origins: ['${origin}']`;
}
