import { SimulatedDisk } from '../disk/simulated-disk.ts';
import { DiskLife } from '../disk-life.ts';
import { ManualClock } from '../manual-clock.ts';
import { Random } from '../random.ts';

const SEGMENT = /^segment-/;
export const ENDS = ['kill', 'power', 'close'] as const;

export type End = (typeof ENDS)[number];

export interface Ended {
  readonly disk: SimulatedDisk;
  readonly clock: ManualClock;
  readonly epoch: string;
  /** Texts of all that was accepted, by offset. */
  readonly texts: Map<number, string>;
}

/** A log of some segments, all of which was accepted, that ended in one way or another. */
export async function ended(end: End, puts: number, seed = 11): Promise<Ended> {
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

export function newestSegment(disk: SimulatedDisk): string {
  const [newest] = [...disk.volume.names.all.keys()]
    .filter((name) => SEGMENT.test(name))
    .sort()
    .reverse();
  if (newest === undefined) throw new Error('there is no segment');
  return newest;
}

/**
 * Starts again, and answers what is wrong with what it finds.
 * @param mayMiss how many publications may be missing, if that is reported
 */
export async function findingsOf({ disk, clock, epoch, texts }: Ended, mayMiss: number): Promise<string[]> {
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
  if (life.opened.epoch === epoch && [...life.opened.puts].some(({ offset, key }) => key.id !== offset))
    findings.push('a put is remembered in another place');
  disk.kill();
  const again = await DiskLife.start(disk, clock, { segmentBytes: 700 });
  const texted = await again.texts();
  if (texted.get(next.offset) !== '"next"') findings.push('what was appended next is not there');
  for (const offset of found.keys())
    if (!texted.has(offset)) findings.push(`${offset} is missing the next time`);
  return findings;
}

/** A log of which one bit is changed anywhere. @returns what is wrong with what a start finds of it */
export async function flipRun(end: End, seed: number): Promise<readonly string[]> {
  const flipped = await ended(end, 12, seed);
  const names = [...flipped.disk.volume.names.all.keys()].filter(
    (name) => SEGMENT.test(name) || name === 'meta',
  );
  const name = new Random(seed).one(names.sort());
  const { at, bit } = flipped.disk.flipIn(name);
  // A pack has one entry here. Above what is known to be synced, the rest goes with it.
  const findings = await findingsOf(flipped, end === 'power' ? 2 : 1);
  return findings.map((finding) => `${name}, byte ${at}, bit ${bit}: ${finding}`);
}
