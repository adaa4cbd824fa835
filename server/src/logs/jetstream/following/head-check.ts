import type { Message, Stream, StreamInfo } from '../stream.ts';

/** What a node has seen last of its stream. */
export interface Head {
  /** When the stream was created. */
  readonly created: string;
  readonly sequence: number;
  /** The message there; undefined: it was dropped before it was seen. */
  readonly mark: HeadMark | undefined;
  /** What it was at the check before: a stream that went back may have come further than the head by now. */
  readonly earlier?: { readonly sequence: number; readonly mark: HeadMark } | undefined;
}

/** What differs between two messages that have the same sequence. */
export interface HeadMark {
  readonly time: number;
  readonly id: string;
}

export function markOf({ time, id }: Message): HeadMark {
  return { time, id };
}

/** What a stream is now, beside what was seen of it. */
export interface Finding {
  readonly info: StreamInfo;
  /** It is another stream, or has lost messages that were seen, and gives their sequences again. */
  readonly wentBack: boolean;
}

/**
 * As `compare`, twice where it went back: one node may be ahead of the one that answers, for a moment.
 * @param pause waits a little
 */
export async function checkHead(
  stream: Pick<Stream, 'info' | 'get'>,
  head: Head,
  pause: () => Promise<void>,
): Promise<Finding> {
  const finding = await compare(stream, head);
  if (!finding.wentBack) return finding;
  await pause();
  return compare(stream, head);
}

/**
 * Compares a stream with what was seen of it. A server that comes back with older data says nothing of it: only the
 * message at the head shows it.
 * @throws StreamFault where the stream does not answer
 */
async function compare(stream: Pick<Stream, 'info' | 'get'>, head: Head): Promise<Finding> {
  const info = await stream.info();
  if (info.created !== head.created || info.last < head.sequence) return { info, wentBack: true };
  const { sequence, mark, earlier } = head;
  const wentBack =
    !(await isThere(stream, info.first, sequence, mark)) ||
    (earlier !== undefined && !(await isThere(stream, info.first, earlier.sequence, earlier.mark)));
  return { info, wentBack };
}

/** Whether a message is the one that was seen there, or was dropped. */
async function isThere(
  stream: Pick<Stream, 'info' | 'get'>,
  first: number,
  sequence: number,
  mark: HeadMark | undefined,
): Promise<boolean> {
  if (!mark || sequence < first) return true;
  const message = await stream.get(sequence);
  if (message) return message.time === mark.time && message.id === mark.id;
  // It may have been dropped between the two questions.
  return (await stream.info()).first > sequence;
}
