import type { Clock } from '@zerospan/shared';
import type { OpenSourceLeases } from '../../cluster/nats/source-leases.ts';
import { sourceNames } from '../../cluster/source-names.ts';
import type { Settings } from '../../settings/settings.ts';
import type { SourceSharing } from '../../zeromq/ingress/source-leases.ts';
import { StartError } from '../../zeromq/sockets/start-error.ts';
import type { BusLog } from '../bus-log.ts';
import { natsSettingsOf, streamErrorOf } from '../jetstream-log.ts';

/** How the nodes of a bus share `bus.sources`, while this one runs. */
export interface OpenSourceSharing {
  /** Undefined: this server has no sources, or nobody to share them with. */
  readonly sharing: SourceSharing | undefined;
  close(): Promise<void>;
}

const ALONE: OpenSourceSharing = { sharing: undefined, close: () => Promise.resolve() };

/** @throws StartError */
export async function openSourceSharing(
  { bus, nats }: Pick<Settings, 'bus' | 'nats'>,
  { stream }: Pick<BusLog, 'stream'>,
  clock: Clock,
): Promise<OpenSourceSharing> {
  if (!stream || bus.sources.length === 0) return ALONE;
  const { leases, close } = await openLeases(nats, clock);
  return { sharing: { leases, claims: stream, nameOf: sourceNames() }, close };
}

async function openLeases(nats: Settings['nats'], clock: Clock): Promise<OpenSourceLeases> {
  // Loaded only where they are needed.
  const { connectNats } = await import('../../logs/jetstream/index.ts');
  const { openSourceLeases, bucketOf } = await import('../../cluster/nats/source-leases.ts');
  const connection = await connectNats(natsSettingsOf(nats), 'zerospan leases').catch((error: unknown) => {
    throw streamErrorOf(nats, error, '');
  });
  try {
    return await openSourceLeases(connection, nats, clock);
  } catch (cause) {
    throw new StartError({
      setting: 'nats.stream',
      address: nats.stream,
      reason:
        `the nodes share bus.sources by the bucket ${bucketOf(nats.stream)}, ` +
        `which cannot be used: ${(cause as Error).message}`,
      remedy:
        'Let this user of NATS make and write it: docs/cluster.md names the rights. Or take bus.sources out.',
      cause,
    });
  }
}
