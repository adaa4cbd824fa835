import type { Clock } from '@zerospan/shared';
import type { EndOfTurn } from '../../core/time-slicer.ts';
import type { Subjects } from './places.ts';
import type { Stream } from './stream.ts';

/** A line for the operator. `event` stays the same for programs that watch a log. */
export interface StreamNotice {
  readonly event: string;
  readonly text: string;
  readonly [about: string]: string | number;
}

/** How a log on a stream is opened. */
export interface StreamLogOptions {
  /** The store closes it. */
  readonly stream: Stream;
  readonly subjects: Subjects;
  /** Which life of which node this is: no other one, at any time, has the same. */
  readonly incarnation: string;
  readonly clock: Clock;
  readonly endOfTurn: EndOfTurn;
  /** Most bytes, and the oldest age in ms, of what the stream keeps, as it is configured; 0: no bound. */
  readonly bytes: number;
  readonly ageMs: number;
  /** Most bytes of last publications that outlive these. */
  readonly lastBytes: number;
  /** Most bytes that wait until the stream has them; beyond, appends are refused. Default: 8 MiB. */
  readonly waitingBytes?: number | undefined;
  /** Called with what an operator should know when it happens. */
  readonly onNotice: (notice: StreamNotice) => void;
}

/** What is done when. */
export const TIMES = {
  /** The stream is checked this often, whether anything happens or not. */
  checkMs: 1_000,
  /** What was not answered is tried again after this. */
  retryMs: 75,
  /** Longer than this without an answer: the log is away. The checks above leave a whole second for one. */
  silentMs: 2_000,
  /** How often the silence is counted. */
  tickMs: 250,
  /** Longer than this without an answer: appends are refused, and nobody knows of the one under way. */
  awayMs: 15_000,
} as const;
