import type { Counts } from 'zerospan/load';
import type { Stage } from './stage.ts';

/** What one round of a scenario came to. Each figure has its unit in its name. */
export interface Figures {
  /** By name, such as `cpuUs`: server CPU for each delivery, in µs. */
  readonly numbers: Readonly<Record<string, number>>;
  /** How old publications were when they came, in µs, over all sockets. */
  readonly delays?: readonly Counts[];
}

/** Durations and numbers of a scenario. */
export interface Size {
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** Scaled down for a quick look: it shows that everything runs, and its figures mean nothing. */
  readonly short: boolean;
}

/** One case of a scenario: the same load for each of its contenders. */
export interface Case {
  /** Such as `200 × 5,000/s`. */
  readonly name: string;
  readonly contenders: readonly string[];
  /** A round that takes longer has failed. */
  readonly limitMs: number;
  /** Answers what it measured, or why it could not. */
  run(contender: string, stage: Stage, size: Size): Promise<Figures | { readonly missing: string }>;
}

/** A question that the benchmark answers, by one case or several. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly cases: readonly Case[];
}
