import { isLocalAddress, isLoopback } from '../loopback.ts';
import { SettingsError } from './read.ts';

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
  /** The setting that opens the server, such as `host`, and its value. */
  readonly setting: string;
  readonly value: string;
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

/**
 * Whether others than this machine can reach a server of its own: by its host, or through a proxy, wherever that
 * stands. On loopback with a proxy before it, who connects is always this machine, and speaks for anybody.
 */
export function isReachable({ host, behindProxy }: Pick<Reach, 'host' | 'behindProxy'>): boolean {
  return !isLoopback(host) || behindProxy.length > 0;
}

/** What these settings lack for as far as they can be reached; nothing where only this machine can reach it. */
export function lacks(settings: Reach, hasAuthentication: boolean): Lack[] {
  return [...webLacks(settings, hasAuthentication), ...busLacks(settings)];
}

function webLacks(settings: Reach, hasAuthentication: boolean): Lack[] {
  if (!isReachable(settings)) return [];
  const { host, origins, tls, behindProxy } = settings;
  const hasTls = tls.key !== '' && tls.cert !== '';
  const found = [
    ...(hasAuthentication ? [] : [AUTHENTICATION]),
    ...(origins.length > 0 ? [] : [ORIGINS]),
    ...(hasTls || behindProxy.length > 0 ? [] : [TLS]),
  ];
  const opens = isLoopback(host)
    ? { setting: 'behindProxy', value: behindProxy.join(', ') }
    : { setting: 'host', value: host };
  return found.map((lack) => ({ ...opens, ...lack }));
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
      .map(([setting, value]) => ({ setting, value, ...CURVE })),
    ...sources
      .filter((at, i) => !isKeyed(sourceKeys[i]) && !isLocalAddress(at))
      .map((value) => ({ setting: 'bus.sources', value, ...SOURCE_CURVE })),
  ];
}

/** A lack in a line for the operator: `bus.address tcp://*:5555: no CURVE`. */
export function lineOf({ setting, value, missing }: Lack): string {
  return `${setting} ${value}: ${without(missing)}`;
}

/** Lacks for anybody who asks, a line each: without the values, which are addresses of the inside. */
export function hintsOf(found: readonly Lack[]): string[] {
  return [...new Set(found.map(({ setting, missing }) => `${setting}: ${without(missing)}`))];
}

function without(missing: string): string {
  return `no ${missing.replace(/^an /, '')}`;
}

/**
 * Sees that a server is not opened wider than it is guarded.
 * @throws SettingsError naming each thing that is missing, and how it is given, unless `insecure` lets it pass
 */
export function checkSafety({ insecure }: Pick<Reach, 'insecure'>, found: readonly Lack[]): void {
  if (found.length === 0 || insecure) return;
  throw new SettingsError(
    [
      'other machines could reach this server, and it is not guarded:',
      ...found.map(
        ({ setting, value, missing, give }) => `  ${setting} ${value} requires ${missing}. Give ${give}.`,
      ),
      'Or stay on loopback, without a proxy. For a demo in a network that you trust, --insecure starts it as it is.',
    ].join('\n'),
  );
}
