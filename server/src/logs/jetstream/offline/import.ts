import type { StoreRecord } from '../../../core/log/store.ts';
import { type ImportedLog, ImportFault, Importing, type ImportWatch } from '../../lines/importing.ts';
import { linesOf } from '../../lines/lines.ts';
import { PACK_HEADER_BYTES } from '../../packs/pack.ts';
import { recordBytesMost } from '../../packs/record.ts';
import { JetStreamStore } from '../jetstream-store.ts';
import type { StreamLogOptions } from '../options.ts';
import type { Subjects } from '../places.ts';
import type { Stream } from '../stream.ts';

const FETCH_BYTES = 1024 * 1024;

/** What an import has made in a stream. */
export interface ImportedStream extends ImportedLog {
  /** The stream has dropped some of it already, by its limits. */
  readonly isCut: boolean;
}

/**
 * Puts lines of JSON onto a stream that has no entry, in the order in which they come. Their times are those at which
 * the servers store them: a stream has no others.
 * @param options their stream is closed
 * @throws ImportFault, ForeignStream, StreamFault
 */
export async function importToStream(
  chunks: AsyncIterable<Buffer>,
  options: StreamLogOptions,
  watch: ImportWatch = {},
): Promise<ImportedStream> {
  const { stream, subjects } = options;
  const store = new JetStreamStore(options);
  try {
    await requireEmpty(stream, subjects);
    const importing = new Importing({ ...watch, faultOf: (record) => sizeFault(record, stream) });
    const imported = await importing.run(store, linesOf(chunks));
    await store.settled();
    return { ...imported, isCut: store.droppedUpTo > 0 };
  } finally {
    await store.close();
  }
}

/**
 * The record of an epoch is all that a stream may have: a server that never had an entry leaves it.
 * @throws ImportFault, StreamFault
 */
export async function requireEmpty(
  stream: Pick<Stream, 'info' | 'fetch'>,
  { epoch }: Pick<Subjects, 'epoch'>,
): Promise<void> {
  const { last } = await stream.info();
  for (let next = 1; next <= last; ) {
    const messages = await stream.fetch({ from: next, to: last, bytes: FETCH_BYTES });
    const isOther = messages.some(({ sequence, subject }, i) => sequence !== next + i || subject !== epoch);
    if (isOther || messages.length === 0)
      throw new ImportFault('taken', 'the stream has entries, or had some');
    next += messages.length;
  }
}

function sizeFault(
  record: StoreRecord,
  { dataBytesMost }: Pick<Stream, 'dataBytesMost'>,
): string | undefined {
  const bytes = PACK_HEADER_BYTES + recordBytesMost(record);
  if (bytes <= dataBytesMost) return undefined;
  return `it takes ${bytes} bytes, and the NATS servers take ${dataBytesMost} at most (max_payload)`;
}
