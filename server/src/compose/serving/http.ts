import type { SecureContextOptions } from 'node:tls';
import type { SecurityEvents } from '../../security-events.ts';
import { SettingsError } from '../../settings/read.ts';
import { isReachable } from '../../settings/safety.ts';
import type { Settings } from '../../settings/settings.ts';
import { AddressRanges } from '../../web/entry/address-ranges.ts';
import { HttpServer } from '../../web/http/http-server.ts';

const MIXED_UP = {
  TLS: [
    'A TLS handshake came to a port without TLS.',
    'Use http:// and ws://, or start with --tls-key and --tls-cert.',
  ],
  HTTP: ['Plain HTTP came to a port with TLS.', 'Use https:// and wss://.'],
} as const;

export interface HttpParts {
  readonly tls: SecureContextOptions | undefined;
  readonly proxies: AddressRanges;
  readonly events: SecurityEvents;
}

/** The HTTP server of a server of its own, with the settings' bounds; it logs what it rejects. */
export function openHttp(settings: Settings, { tls, proxies, events }: HttpParts): HttpServer {
  return new HttpServer({
    tls,
    limits: limitsOf(settings, true),
    proxies,
    onDropped: (address, limit) => events.report('connection-refused', { address, limit: `limits.${limit}` }),
    onMixedUp: (address, spoken) => {
      const [reason, remedy] = MIXED_UP[spoken];
      events.report('bad-handshake', { address, reason, remedy });
    },
  });
}

/** Connections to a server that only this machine reaches are not counted by address. */
export function limitsOf(settings: Settings, ownServer: boolean): Settings['limits'] {
  const { limits } = settings;
  return ownServer && !isReachable(settings) ? { ...limits, connectionsPerAddress: 0 } : limits;
}

/** @throws SettingsError where one of `behindProxy` is no range of addresses */
export function proxiesOf({ behindProxy }: Settings): AddressRanges {
  try {
    return new AddressRanges(behindProxy);
  } catch (cause) {
    throw new SettingsError(`behindProxy: ${(cause as Error).message}`, { cause });
  }
}
