import type { Clock } from '@zerospan/shared';
import type { RememberedBounds } from '../../core/log/puts/remembered.ts';

/** When what is written is synced: before it is accepted, within a second, or when the system does. */
export type Sync = 'group' | 'interval' | 'os';

/** How a log on disk is opened. */
export interface DiskOptions {
  /** Created with mode 700 where it does not exist. */
  readonly directory: string;
  readonly clock: Clock;
  readonly sync: Sync;
  /** Most bytes, and the oldest age in ms, of what it keeps; an age of 0: no bound. */
  readonly bytes: number;
  readonly ageMs: number;
  /** Most bytes of last publications that outlive these. */
  readonly lastBytes: number;
  /** How many puts a start asks for. Default: as many as a log remembers. */
  readonly remembered?: RememberedBounds | undefined;
  /** Begins a new epoch at this start: for a restored snapshot of a machine. */
  readonly isNewEpoch: boolean;
  /** Called once, with a failure after which nothing may be written or answered any more. */
  readonly onFatal: (error: Error) => void;
  /** Called with what an operator should know when it happens: what a start found, what became of damaged files. */
  readonly onNotice: (notice: DiskNotice) => void;
}

/** A line for the operator. `event` stays the same for programs that watch a log. */
export interface DiskNotice {
  readonly event: string;
  readonly text: string;
  readonly [about: string]: string | number;
}

/** Why a directory cannot be used. */
export type DirectoryFault =
  /** Another process has it: `detail` is its pid. */
  | 'in-use'
  /** It was written by a newer version: `detail` is the version of its format. */
  | 'newer-format'
  /** It cannot be created, read or written: `detail` is what the system said. */
  | 'unusable'
  /** It holds something else than a log. */
  | 'foreign';

/** A directory cannot be used for a log; it was left as it was. The caller reports it in words of its own. */
export class UnfitDirectory extends Error {
  readonly fault: DirectoryFault;
  readonly detail: string;

  constructor(fault: DirectoryFault, detail: string, cause?: unknown) {
    super(`${fault}: ${detail}`, cause === undefined ? undefined : { cause });
    this.fault = fault;
    this.detail = detail;
  }
}
