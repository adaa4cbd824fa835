import type { Part } from '../processes.ts';
import type { Stage } from '../stage.ts';
import type { BusesReport } from './parts/buses.ts';
import type { Account } from './parts/listener.ts';
import { Samples } from './samples.ts';

/** Real clients, spread over processes. */
export class Clients {
  readonly #parts: readonly Part[];

  private constructor(parts: readonly Part[]) {
    this.#parts = parts;
  }

  /** Resolves when all of them are subscribed, each to its channels. */
  static async start(
    stage: Stage,
    url: string,
    channels: readonly (readonly string[])[],
    processes: number,
  ): Promise<Clients> {
    const share = Math.ceil(channels.length / processes);
    const shares = Array.from({ length: processes }, (_, i) => channels.slice(i * share, (i + 1) * share));
    return new Clients(
      await Promise.all(shares.map((clients) => stage.part('promises/parts/buses', { url, clients }))),
    );
  }

  get pids(): readonly number[] {
    return this.#parts.map(({ pid }) => pid);
  }

  async report(): Promise<{
    readonly accounts: readonly Account[];
    readonly delays: Samples;
    readonly recoveries: Samples;
    readonly cuts: number;
  }> {
    const reports = await this.ask<BusesReport>('report');
    return {
      accounts: reports.flatMap(({ accounts }) => accounts),
      delays: Samples.of(reports.map(({ delays }) => delays)),
      recoveries: Samples.of(reports.map(({ recoveries }) => recoveries)),
      cuts: reports.reduce((sum, { cuts }) => sum + cuts, 0),
    };
  }

  ask<T>(words: string): Promise<T[]> {
    return Promise.all(this.#parts.map((part) => part.ask<T>(words)));
  }
}

/** The channels of `clients` clients that all subscribe to one. */
export function sameFor(clients: number, channel: string): string[][] {
  return Array.from({ length: clients }, () => [channel]);
}

export function count<T>(all: readonly T[], is: (one: T) => boolean): number {
  return all.filter(is).length;
}
