import type { Stage } from './stage.ts';

/** How a server is started for some attacks, which have it one after the other. */
export interface Scene {
  readonly name: string;
  readonly flags: readonly string[];
  /** Full of names, and with many sessions of others. */
  readonly isCrowded?: boolean;
  /** Its log cannot be written. */
  readonly isMute?: boolean;
}

/** What an attack came to by its own account. */
export interface Outcome {
  /** What the server refused or cut, by code: then memory may have grown by less than was asked for, not by more. */
  readonly bounded?: string;
  /** What others lost by it beyond the documented share. */
  readonly harm?: readonly string[];
}

/** One way to make a server pay more than it was sent. */
export interface Attack {
  readonly name: string;
  readonly scene: Scene;
  /** `shown`: what it costs is ZeroMQ's to decide. It has to be ended by a limit, or to stay below a bound. */
  readonly judged: 'all' | 'shown';
  /** Longest turn of the event loop that it may cause, in ms. Default: as every attack. */
  readonly turnMs?: number;
  /** Garbage that it may make beyond what every attack may grow at its peak. Default: none. */
  readonly garbageBytes?: number;
  act(stage: Stage): Promise<Outcome>;
}
