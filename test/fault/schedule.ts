import { setTimeout as pause } from 'node:timers/promises';
import { Random } from '../support/random.ts';
import { FAULTS, type FaultName } from './faults.ts';
import type { Mix } from './mixes.ts';
import type { World } from './world.ts';

/** Brings the faults of a mix by chance until the time is up. */
export class Schedule {
  readonly #mix: Mix;
  readonly #world: World;
  readonly #seed: number;
  readonly #everyMs: number;
  /** How often each fault came. */
  readonly counts = new Map<FaultName, number>();

  /** @param everyMs from the beginning of one fault to that of the next, unless it lasts longer */
  constructor(mix: Mix, world: World, seed: number, everyMs: number) {
    this.#mix = mix;
    this.#world = world;
    this.#seed = seed;
    this.#everyMs = everyMs;
  }

  /** Resolves when the last fault is over and mended. */
  async play(seconds: number): Promise<void> {
    const untilMs = performance.now() + seconds * 1_000;
    const lanes = Array.from({ length: this.#mix.lanes ?? 1 }, (_, lane) => this.#lane(lane, untilMs));
    await Promise.all(lanes);
  }

  /** Lanes share out the faults, so that no two of one kind are under way. */
  async #lane(lane: number, untilMs: number): Promise<void> {
    const random = Random.of(this.#seed, `${this.#mix.name} ${lane}`);
    const { faults, lanes = 1 } = this.#mix;
    const mine = faults.filter((_, index) => index % lanes === lane);
    while (performance.now() < untilMs) {
      const nextMs = performance.now() + this.#everyMs * lanes;
      const name = random.one(mine);
      this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
      await FAULTS[name](this.#world, random);
      await pause(Math.max(Math.min(nextMs, untilMs) - performance.now(), 0));
    }
  }
}
