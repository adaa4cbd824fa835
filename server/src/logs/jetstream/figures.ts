import { type Meter, meter } from '../../core/meter.ts';

/** A log on a stream in numbers, since it was opened. */
export interface StreamFigures {
  /** Packs of this node. */
  readonly packs: number;
  /** How often one was published again, since nobody knew what had become of it. */
  readonly retries: number;
  /** Packs of which nobody has learnt in time whether the stream has them. */
  readonly unknown: number;
  /** Consumers made to follow the stream: one, and one more each time it went silent, or a message was missing. */
  readonly consumers: number;
  /** Epochs that began while it was open. */
  readonly epochs: number;
  /** Gaps that stand for messages which are missing in the stream, or cannot be read. */
  readonly losses: number;
  /** What the stream holds. */
  readonly bytes: number;
  /** What was appended here and has not come back. */
  readonly waitingBytes: number;
  /** Messages of the stream that have not come yet, when it was checked last. */
  readonly behind: number;
  /** How long the stream has not answered, in ms; below a second or two it has just not been asked. */
  readonly silentMs: number;
}

/** @param read the figures as they are now */
export function streamMeters(read: () => StreamFigures): Meter[] {
  const of = (kind: 'counter' | 'gauge', name: string, help: string, key: keyof StreamFigures): Meter =>
    meter(kind, `zerospan_log_stream_${name}`, help, () => read()[key]);
  return [
    of('counter', 'packs_total', 'Packs that this node has published', 'packs'),
    of(
      'counter',
      'retries_total',
      'Packs published again, since nobody knew what had become of them',
      'retries',
    ),
    of('counter', 'unknown_total', 'Packs of which nobody has learnt whether the stream has them', 'unknown'),
    of('counter', 'consumers_total', 'Consumers made to follow the stream', 'consumers'),
    of('counter', 'epochs_total', 'Epochs that began while the server was running', 'epochs'),
    of('counter', 'losses_total', 'Gaps for messages of the stream that are missing or damaged', 'losses'),
    of('gauge', 'bytes', 'Bytes that the stream of the log holds', 'bytes'),
    of('gauge', 'waiting_bytes', 'Bytes that were appended and have not come back', 'waitingBytes'),
    of('gauge', 'behind', 'Messages of the stream that have not come yet, as of the last check', 'behind'),
    of('gauge', 'silent_ms', 'How long the stream has not answered, in ms', 'silentMs'),
  ];
}
