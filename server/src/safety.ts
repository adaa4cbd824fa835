import { isLocalAddress, isLoopback } from './loopback.ts';
import { SettingsError } from './settings-read.ts';

/** The settings that say who can reach a server, and what it asks of them. */
export interface Reach {
  readonly host: string;
  readonly origins: readonly string[];
  readonly tls: { readonly key: string; readonly cert: string };
  readonly behindProxy: readonly string[];
  readonly insecure: boolean;
  readonly bus: {
    readonly address: string;
    readonly ingress: string;
    readonly sources: readonly string[];
    /** One for each source; `none` or nothing where there is none. */
    readonly sourceKeys?: readonly string[];
    readonly curveKey?: string;
    readonly curveClients?: string;
  };
}

/** Something that a server which others can reach must have, and has not. */
export interface Lack {
  /** The setting that opens the server, and its value: `host 0.0.0.0`. */
  readonly at: string;
  readonly missing: string;
  /** How it is given. */
  readonly give: string;
}

const AUTHENTICATION = {
  missing: 'authentication',
  give: '--auth-key FILE (auth.keys), --auth-jwks-url URL (auth.jwksUrl), or a secret in ZEROSPAN_AUTH_SECRET; "zerospan token create" makes tokens',
};
const ORIGINS = {
  missing: 'an exact list of origins',
  give: '--origin https://app.example for each page that may connect (origins)',
};
const TLS = {
  missing: 'TLS',
  give: '--tls-key FILE with --tls-cert FILE, or --behind-proxy RANGE with the addresses of the proxy that does TLS',
};
const CURVE = {
  missing: 'CURVE',
  give: '--bus-curve-key FILE with --bus-curve-clients FILE',
};
const SOURCE_CURVE = {
  missing: 'CURVE',
  give: '--bus-curve-key FILE with the public key of that source (bus.sourceKeys)',
};

/** What these settings lack for as far as they can be reached; nothing on loopback. */
export function lacks(settings: Reach, hasAuthentication: boolean): Lack[] {
  return [...webLacks(settings, hasAuthentication), ...busLacks(settings)];
}

function webLacks({ host, origins, tls, behindProxy }: Reach, hasAuthentication: boolean): Lack[] {
  if (isLoopback(host)) return [];
  const hasTls = tls.key !== '' && tls.cert !== '';
  const found = [
    ...(hasAuthentication ? [] : [AUTHENTICATION]),
    ...(origins.length > 0 ? [] : [ORIGINS]),
    ...(hasTls || behindProxy.length > 0 ? [] : [TLS]),
  ];
  return found.map((lack) => ({ at: `host ${host}`, ...lack }));
}

/** The ZeroMQ side alone: all that a plugin can judge, whose host is the application's. */
export function busLacks({ bus }: Pick<Reach, 'bus'>): Lack[] {
  const { address, ingress, sources, sourceKeys = [], curveKey = '', curveClients = '' } = bus;
  const bound = [
    ['bus.address', address],
    ['bus.ingress', ingress],
  ] as const;
  const hasCurve = curveKey !== '' && curveClients !== '';
  const isKeyed = (key = 'none'): boolean => curveKey !== '' && key !== 'none';
  return [
    ...bound
      .filter(([, at]) => !hasCurve && !isLocalAddress(at))
      .map(([setting, at]) => ({ at: `${setting} ${at}`, ...CURVE })),
    ...sources
      .filter((at, i) => !isKeyed(sourceKeys[i]) && !isLocalAddress(at))
      .map((at) => ({ at: `bus.sources ${at}`, ...SOURCE_CURVE })),
  ];
}

/**
 * Sees that a server is not opened wider than it is guarded.
 * @returns what is missing and let pass by `insecure`, a line each; nothing where all is well
 * @throws SettingsError naming each thing that is missing, and how it is given
 */
export function checkSafety(settings: Pick<Reach, 'insecure'>, found: readonly Lack[]): string[] {
  const lines = found.map(({ at, missing }) => `${at}: no ${missing.replace(/^an /, '')}`);
  if (found.length === 0 || settings.insecure) return lines;
  throw new SettingsError(
    [
      'others than this machine could reach this server, and it is not guarded:',
      ...found.map(({ at, missing, give }) => `  ${at} wants ${missing}. Give ${give}.`),
      'Or stay on loopback. For a demo in a network that you trust, --insecure starts it as it is.',
    ].join('\n'),
  );
}
