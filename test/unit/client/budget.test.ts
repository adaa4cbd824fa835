import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Parcel } from '../../../client/src/subscriptions/delivery/acks.ts';
import { Budget, type Holder } from '../../../client/src/subscriptions/delivery/budget.ts';

const parcel = (bytes: number): Parcel => new Parcel(bytes, 0, () => {});

/** A queue that is nothing but its parcels. */
class Pile implements Holder {
  readonly parcels: Parcel[] = [];
  readonly #budget: Budget;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  get bytes(): number {
    return this.parcels.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get spareBytes(): number {
    return this.bytes - (this.parcels.at(-1)?.bytes ?? 0);
  }

  add(one: Parcel): void {
    this.parcels.push(one);
    this.#budget.hold(one);
    this.#budget.changed(this);
  }

  close(): void {
    for (const one of this.parcels.splice(0)) this.#budget.letGo(one);
    this.#budget.changed(this);
  }

  giveWay(): void {
    const oldest = this.parcels.shift();
    if (oldest !== undefined) this.#budget.letGo(oldest);
    this.#budget.changed(this);
  }
}

/** What several queues hold is held once. */
const heldBy = (piles: readonly Pile[]): number =>
  [...new Set(piles.flatMap(({ parcels }) => parcels))].reduce((sum, { bytes }) => sum + bytes, 0);

describe('the budget of all queues', () => {
  const giving = fc.record({
    to: fc.uniqueArray(fc.nat(7), { minLength: 1, maxLength: 2 }),
    bytes: fc.integer({ min: 1, max: 60 }),
  });
  const taking = fc.record({ from: fc.nat(7) });
  const closing = fc.record({ closes: fc.nat(7) });

  it('is kept whatever comes and goes, and always by the fullest: of several that hold more than their newest, the one with the most', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 4, arbitrary: giving }, taking, closing), { maxLength: 200 }),
        (steps) => {
          const budget = new Budget(400);
          const dropped: number[] = [];
          const piles = Array.from({ length: 8 }, () => new Pile(budget));
          for (const pile of piles) {
            const giveWay = pile.giveWay.bind(pile);
            pile.giveWay = () => {
              const most = Math.max(...piles.map(({ spareBytes }) => spareBytes));
              expect(pile.spareBytes).toBe(most);
              if (most === 0) expect(pile.bytes).toBe(Math.max(...piles.map(({ bytes }) => bytes)));
              dropped.push(pile.bytes);
              giveWay();
            };
          }
          for (const step of steps) {
            if ('closes' in step) {
              const pile = piles[step.closes];
              for (const one of pile?.parcels.splice(0) ?? []) budget.letGo(one);
              if (pile !== undefined) budget.changed(pile);
            } else if ('from' in step) {
              const pile = piles[step.from];
              if (pile !== undefined && pile.parcels.length > 0) Pile.prototype.giveWay.call(pile);
            } else {
              const one = parcel(step.bytes);
              for (const to of step.to) piles[to]?.add(one);
              const before = heldBy(piles);
              expect(budget.heldBytes).toBe(before);
              const drops = dropped.length;
              budget.keep();
              // Nothing is dropped while it fits.
              if (before <= 300) expect(dropped.length).toBe(drops);
            }
            expect(budget.heldBytes).toBe(heldBy(piles));
            expect(budget.heldBytes).toBeLessThanOrEqual(300);
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  it('finds the fullest of those that are left when the fullest is closed', () => {
    const budget = new Budget(10_000);
    const piles = [90, 80, 70, 60, 50, 40, 30, 20, 10].map((bytes) => {
      const pile = new Pile(budget);
      for (const each of [bytes, 1]) pile.add(parcel(each));
      return pile;
    });
    piles[0]?.close();
    const before = piles.map(({ bytes }) => bytes);
    // Room for all but one byte.
    budget.resize(((budget.heldBytes - 1) * 4) / 3);
    budget.keep();
    expect(piles.flatMap(({ bytes }, at) => (bytes === before[at] ? [] : [at]))).toEqual([1]);
  });

  it('is three quarters of the window, and changes with it', () => {
    const budget = new Budget(1_000);
    const pile = new Pile(budget);
    for (let i = 0; i < 10; i++) pile.add(parcel(100));
    budget.keep();
    expect(pile.bytes).toBe(700);
    budget.resize(200);
    budget.keep();
    expect(pile.bytes).toBe(100);
  });

  it('lets go of parcels, so that they are acknowledged', () => {
    let gone = 0;
    const budget = new Budget(0);
    const pile = new Pile(budget);
    const one = new Parcel(1, 1, () => gone++);
    pile.add(one);
    one.release();
    expect(gone).toBe(0);
    budget.keep();
    expect(gone).toBe(1);
  });
});
