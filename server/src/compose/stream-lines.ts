import { systemClock } from '@zerospan/shared';
import type { OpeningStreamLog } from '../logs/jetstream/index.ts';
import type { OnMessages } from '../logs/jetstream/offline/export.ts';
import type { ImportedStream } from '../logs/jetstream/offline/import.ts';
import type { StreamNotice } from '../logs/jetstream/options.ts';
import type { ExportRange } from '../logs/lines/export-lines.ts';
import type { ImportWatch } from '../logs/lines/importing.ts';
import type { Settings } from '../settings/settings.ts';
import { openingOf, streamErrorOf } from './jetstream-log.ts';

/** Which stream, on which servers, and its limits where it is created. */
type StreamSettings = Pick<Settings, 'nats' | 'log'>;

/**
 * The log on JetStream that settings name, as lines of JSON. Servers may run on it: it is read and not changed.
 * @throws StartError where the servers or the stream cannot be used
 */
export async function* exportStreamLog(
  settings: StreamSettings,
  range: ExportRange,
  onMessages?: OnMessages,
): AsyncGenerator<string> {
  try {
    const { exportFrom } = await import('../logs/jetstream/index.ts');
    yield* exportFrom(openingFor(settings), range, onMessages);
  } catch (cause) {
    throw streamErrorOf(settings.nats, cause, '');
  }
}

export interface StreamImport extends ImportWatch {
  /** Called with what the operator should know, such as a change of the stream's limits. */
  readonly onNotice: (notice: StreamNotice) => void;
}

/**
 * Puts lines of JSON onto the stream that settings name, which is created, or has no entry.
 * @throws ImportFault; StartError where the servers or the stream cannot be used
 */
export async function importStreamLog(
  settings: StreamSettings,
  chunks: AsyncIterable<Buffer>,
  { onNotice, ...watch }: StreamImport,
): Promise<ImportedStream> {
  try {
    const { importTo } = await import('../logs/jetstream/index.ts');
    return await importTo(openingFor(settings, onNotice), chunks, watch);
  } catch (cause) {
    throw streamErrorOf(settings.nats, cause, '');
  }
}

function openingFor(
  { nats, log }: StreamSettings,
  onNotice: StreamImport['onNotice'] = () => undefined,
): OpeningStreamLog {
  const { bytes, ageMs } = log;
  // Lines are judged one by one: a put need not be as large as the settings allow.
  return openingOf({ nats, clock: systemClock, bytes, ageMs, lastBytes: 0, putBytesMost: 0, onNotice });
}
