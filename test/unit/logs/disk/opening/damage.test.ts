import { describe, expect, it } from 'vitest';
import { SimulatedDisk } from '../../../../support/disk/simulated-disk.ts';
import { DiskLife } from '../../../../support/disk-life.ts';
import { ManualClock } from '../../../../support/manual-clock.ts';
import { Random } from '../../../../support/random.ts';

const SEGMENT = /^segment-/;
const ENDS = ['kill', 'power', 'close'] as const;

interface Ended {
  readonly disk: SimulatedDisk;
  readonly clock: ManualClock;
  readonly epoch: string;
  /** Texts of all that was accepted, by offset. */
  readonly texts: Map<number, string>;
}

/** A log of some segments, all of which was accepted, that ended in one way or another. */
async function ended(end: (typeof ENDS)[number], puts: number, seed = 11): Promise<Ended> {
  const disk = new SimulatedDisk({ seed });
  const clock = new ManualClock();
  const life = await DiskLife.start(disk, clock, { segmentBytes: 700 });
  for (let i = 0; i < puts; i++) await life.settled(life.put(`${i} ${'x'.repeat(20)}`, i + 1));
  await life.store.settled();
  if (end === 'close') await life.store.close();
  if (end === 'power') disk.powerLoss();
  else disk.kill();
  const texts = new Map(
    life.written.map(({ offset, record }) => [
      offset,
      record.kind === 'put' ? Buffer.from(record.payload).toString() : '',
    ]),
  );
  return { disk, clock, epoch: life.opened.epoch, texts };
}

function newestSegment(disk: SimulatedDisk): string {
  const [newest] = [...disk.volume.names.all.keys()]
    .filter((name) => SEGMENT.test(name))
    .sort()
    .reverse();
  if (newest === undefined) throw new Error('there is no segment');
  return newest;
}

/** Starts again, and answers what is wrong with what it finds. */
async function findingsOf({ disk, clock, epoch, texts }: Ended, mayMiss: number): Promise<string[]> {
  const findings: string[] = [];
  const life = await DiskLife.start(disk, clock, { segmentBytes: 700 });
  const { entries, dropped } = await life.scan(0);
  const found = new Map(entries.map(({ offset, payload }) => [offset, Buffer.from(payload).toString()]));
  for (const [offset, text] of found)
    if (texts.get(offset) !== text) findings.push(`${offset} had ${texts.get(offset)} and has ${text}`);
  const missing = [...texts.keys()].filter((offset) => !found.has(offset));
  if (missing.length > mayMiss) findings.push(`${missing.join()} are missing`);
  const [answer] = (await life.scan(0)).dropped;
  const [first = 0, last = 0] = [missing[0], missing.at(-1)];
  if (missing.length > 0 && !(answer && (answer.first ?? 0) <= first && answer.to >= last))
    findings.push(`${missing.join()} are missing, reported was ${JSON.stringify([dropped, answer])}`);
  const highest = Math.max(...texts.keys());
  const next = (await life.settled(life.put('next'))) as { offset: number };
  if (life.opened.epoch === epoch && next.offset <= highest) findings.push(`${next.offset} was given again`);
  if (life.opened.epoch === epoch && life.opened.puts.some(({ offset, key }) => key.id !== offset))
    findings.push('a put is remembered in another place');
  disk.kill();
  const again = await DiskLife.start(disk, clock, { segmentBytes: 700 });
  const texted = await again.texts();
  if (texted.get(next.offset) !== '"next"') findings.push('what was appended next is not there');
  for (const offset of found.keys())
    if (!texted.has(offset)) findings.push(`${offset} is missing the next time`);
  return findings;
}

describe('a log whose last pack is torn', () => {
  it.each(['kill', 'power'] as const)(
    'at any byte, goes on above everything that may have been given, after a %s',
    async (end) => {
      const whole = await ended(end, 4);
      const name = newestSegment(whole.disk);
      const bytes = whole.disk.volume.bytesOf(name);
      const from = bytes.lastIndexOf('ZPAK');
      expect(bytes.length - from).toBeGreaterThan(100);
      for (let cut = from; cut < bytes.length; cut++) {
        const torn = await ended(end, 4);
        torn.disk.volume.put(name, bytes.subarray(0, cut));
        // When a process is killed in a write, nobody was given what it has written in part.
        if (end === 'kill') torn.texts.delete(Math.max(...torn.texts.keys()));
        expect(await findingsOf(torn, end === 'kill' ? 0 : 1), `cut at ${cut - from}`).toEqual([]);
      }
    },
  );

  it.each(['kill', 'power'] as const)('in the middle, by zeros up to its end, after a %s', async (end) => {
    const torn = await ended(end, 4);
    const name = newestSegment(torn.disk);
    const bytes = torn.disk.volume.bytesOf(name);
    torn.disk.volume.put(name, Buffer.from(bytes).fill(0, bytes.length - 60));
    expect(await findingsOf(torn, 1)).toEqual([]);
  });
});

describe('a log of which one bit was changed', () => {
  it.each(ENDS)(
    'gives nothing else than was appended, and reports what is missing, after a %s',
    async (end) => {
      for (let n = 0; n < 100; n++) {
        const flipped = await ended(end, 12, n + 1);
        const names = [...flipped.disk.volume.names.all.keys()].filter(
          (name) => SEGMENT.test(name) || name === 'meta',
        );
        const name = new Random(n).one(names.sort());
        const where = flipped.disk.flipIn(name);
        // A pack has one entry here. Above what is known to be synced, the rest goes with it.
        const findings = await findingsOf(flipped, end === 'power' ? 2 : 1);
        expect(findings, `run ${n}, ${name}, byte ${where.at}, bit ${where.bit}`).toEqual([]);
      }
    },
  );
});
