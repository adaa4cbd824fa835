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
  /** Behind the head nothing is held, up to the newest sequence that was given. */
  readonly isEndMissing: boolean;
}

type Asked = Pick<Stream, 'info' | 'get' | 'next'>;

/**
 * As `compare`, twice where something is missing: one server may be ahead of the one that answers, for a moment.
 * @param pause waits a little
 */
export async function checkHead(stream: Asked, head: Head, pause: () => Promise<void>): Promise<Finding> {
  const finding = await compare(stream, head);
  if (!finding.wentBack && !finding.isEndMissing) return finding;
  await pause();
  const again = await compare(stream, head);
  // Of what was given since, one finding says too little.
  return { ...again, isEndMissing: again.isEndMissing && again.info.last === finding.info.last };
}

/**
 * Compares a stream with what was seen of it. A server that comes back with older data says nothing of it: only the
 * message at the head shows it.
 * @throws StreamFault where the stream does not answer
 */
async function compare(stream: Asked, head: Head): Promise<Finding> {
  const info = await stream.info();
  if (info.created !== head.created || info.last < head.sequence)
    return { info, wentBack: true, isEndMissing: false };
  const { sequence, mark, earlier } = head;
  const wentBack =
    !(await isThere(stream, info.first, sequence, mark)) ||
    (earlier !== undefined && !(await isThere(stream, info.first, earlier.sequence, earlier.mark)));
  const isEndMissing = !wentBack && info.last > sequence && !(await stream.next(sequence + 1));
  return { info, wentBack, isEndMissing };
}

/** Whether a message is the one that was seen there, or is not held any more. */
async function isThere(
  stream: Asked,
  first: number,
  sequence: number,
  mark: HeadMark | undefined,
): Promise<boolean> {
  if (!mark || sequence < first) return true;
  const message = await stream.get(sequence);
  if (message) return message.time === mark.time && message.id === mark.id;
  // It was dropped meanwhile, or is missing: no other one was given its sequence, which lies below the newest.
  return true;
}
