import { randomBytes } from 'node:crypto';
import { nodeEndOfTurn } from '../../core/time-slicer.ts';
import type { ExportRange } from '../lines/export-lines.ts';
import type { ImportWatch } from '../lines/importing.ts';
import { JetStreamStore } from './jetstream-store.ts';
import { connectStream, type StreamOpening } from './nats/connect.ts';
import { StreamStartFault } from './nats/start-fault.ts';
import { exportStream, type OnMessages } from './offline/export.ts';
import { type ImportedStream, importToStream, requireEmpty } from './offline/import.ts';
import type { StreamLogOptions } from './options.ts';
import { subjectsOf } from './places.ts';

export { ForeignStream } from './epoch/claim.ts';
export { connectNats, type NatsSettings } from './nats/connect.ts';
export { type StartFaultKind, StreamStartFault } from './nats/start-fault.ts';

/** How a log on a stream of real servers is opened. */
export interface OpeningStreamLog
  extends Omit<StreamOpening, 'onChange'>,
    Pick<StreamLogOptions, 'lastBytes' | 'onNotice'> {}

/** @throws StreamStartFault */
export async function openStreamStore(opening: OpeningStreamLog): Promise<JetStreamStore> {
  return new JetStreamStore(await connected(opening));
}

/**
 * The log on a stream of real servers as lines of JSON: see `exportStream`.
 * @throws StreamStartFault, ForeignStream, StreamFault
 */
export async function* exportFrom(
  opening: OpeningStreamLog,
  range: ExportRange,
  onMessages?: OnMessages,
): AsyncGenerator<string> {
  const { stream, subjects } = await connected({ ...opening, isReadOnly: true });
  try {
    yield* exportStream(stream, subjects, range, onMessages);
  } finally {
    await stream.close();
  }
}

/**
 * Puts lines of JSON onto a stream of real servers: see `importToStream`.
 * @throws StreamStartFault, ImportFault, ForeignStream, StreamFault
 */
export async function importTo(
  opening: OpeningStreamLog,
  chunks: AsyncIterable<Buffer>,
  watch: ImportWatch,
): Promise<ImportedStream> {
  // A stream that is there is not even changed before it is known to be empty.
  await checkUnused(opening);
  return importToStream(chunks, await connected(opening), watch);
}

async function checkUnused(opening: OpeningStreamLog): Promise<void> {
  let found: StreamLogOptions;
  try {
    found = await connected({ ...opening, isReadOnly: true });
  } catch (error) {
    if (error instanceof StreamStartFault && error.kind === 'missing') return;
    throw error;
  }
  try {
    await requireEmpty(found.stream, found.subjects);
  } finally {
    await found.stream.close();
  }
}

async function connected(opening: OpeningStreamLog): Promise<StreamLogOptions> {
  const { stream: settings, clock, onNotice } = opening;
  const onChange = (text: string): void => onNotice({ event: 'log-stream-changed', text });
  const { bytes, ageMs, name } = settings;
  return {
    ...opening,
    stream: await connectStream({ ...opening, onChange }),
    subjects: subjectsOf(name),
    incarnation: randomBytes(12).toString('hex'),
    clock,
    endOfTurn: nodeEndOfTurn,
    bytes,
    ageMs,
  };
}
