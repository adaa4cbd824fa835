import { randomBytes } from 'node:crypto';
import { nodeEndOfTurn } from '../../core/time-slicer.ts';
import { JetStreamStore } from './jetstream-store.ts';
import { connectStream, type StreamOpening } from './nats/connect.ts';
import type { StreamLogOptions } from './options.ts';
import { subjectsOf } from './places.ts';

export { ForeignStream } from './epoch/claim.ts';
export { type StartFaultKind, StreamStartFault } from './nats/start-fault.ts';

/** How a log on a stream of real servers is opened. */
export interface OpeningStreamLog
  extends Omit<StreamOpening, 'onChange'>,
    Pick<StreamLogOptions, 'lastBytes' | 'onNotice'> {}

/** @throws StreamStartFault */
export async function openStreamStore(options: OpeningStreamLog): Promise<JetStreamStore> {
  const { stream: settings, clock, onNotice } = options;
  const onChange = (text: string): void => onNotice({ event: 'log-stream-changed', text });
  const { bytes, ageMs, name } = settings;
  return new JetStreamStore({
    ...options,
    stream: await connectStream({ ...options, onChange }),
    subjects: subjectsOf(name),
    incarnation: randomBytes(12).toString('hex'),
    clock,
    endOfTurn: nodeEndOfTurn,
    bytes,
    ageMs,
  });
}
