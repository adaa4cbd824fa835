import { expect, it } from 'vitest';
import { LEASE_LEAST, Lease } from '../../../../../server/src/logs/disk/identity/lease.ts';
import { MetaFile, readMeta } from '../../../../../server/src/logs/disk/identity/meta.ts';
import { type Verdict, verdictOf } from '../../../../../server/src/logs/disk/identity/verdict.ts';
import { damageSlot, STARTED } from '../../../../support/disk/metas.ts';
import { SimulatedDisk } from '../../../../support/disk/simulated-disk.ts';
import { ManualClock } from '../../../../support/manual-clock.ts';
import { Random } from '../../../../support/random.ts';

/** A log of offsets alone: those that were given, of which a kill loses none and a power loss all. */
class Offsets {
  given = 0;
  readonly #disk: SimulatedDisk;
  readonly #random: Random;
  readonly #clock = new ManualClock();

  constructor(disk: SimulatedDisk, random: Random) {
    this.#disk = disk;
    this.#random = random;
  }

  /** Starts, and gives offsets until it is closed or ended from outside. */
  async live(): Promise<void> {
    const { files, bootId } = this.#disk.start();
    const found = await readMeta(files);
    let head = this.#headOf(verdictOf(found, bootId));
    expect(head).toBeGreaterThanOrEqual(this.given);
    const started = { ...STARTED, bootId, startedAt: head, leaseUpTo: head + LEASE_LEAST };
    const meta = await MetaFile.begin(files, found, started);
    const lease = new Lease({
      clock: this.#clock,
      head,
      upTo: started.leaseUpTo,
      raise: (leaseUpTo) => meta.write({ leaseUpTo }),
    });
    for (let packs = this.#random.between(0, 30); packs > 0; packs--) {
      const count = this.#random.one([1, 500, 3_000, 20_000]);
      await lease.reach(head + count);
      head += count;
      this.given = head;
      lease.given(head);
      this.#clock.advance(this.#random.between(0, 400));
    }
    await meta.write({ cleanHead: head });
    await meta.close();
  }

  #headOf(verdict: Verdict): number {
    if (verdict.kind === 'new') return 0;
    if (verdict.kind === 'clean') return verdict.head;
    if (verdict.kind === 'same-boot') return this.given;
    expect(verdict.kind).toBe('other-boot');
    return 'meta' in verdict ? verdict.meta.leaseUpTo : 0;
  }
}

it('no offset is given twice, whatever ends a log, and with one slot of its meta damaged each time', async () => {
  let ends = 0;
  for (let seed = 0; seed < 150; seed++) {
    const random = Random.of(seed, 'offsets');
    const disk = new SimulatedDisk({ seed });
    const offsets = new Offsets(disk, random);
    for (let life = 0; life < 8; life++) {
      let isOver = false;
      const living = offsets.live().then(() => {
        isOver = true;
      });
      const turns = random.one([20, 60, 200]);
      for (let turn = 0; turn < turns && !isOver; turn++)
        await Promise.race([living, new Promise((resolve) => setImmediate(resolve))]);
      if (!isOver) ends++;
      if (random.chance(0.5)) disk.kill();
      else disk.powerLoss();
      if (random.chance(0.5) && disk.volume.names.all.has('meta'))
        damageSlot(disk, random.one([0, 1] as const));
    }
  }
  expect(ends).toBeGreaterThan(300);
});
