/** How long a put waits for the disk, beside what the disk itself takes for a sync. */
import { type FileHandle, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { metrics } from '../../metrics.ts';
import { atLeast, atMost, type Check, figure, reported } from '../check.ts';
import { sharedMs } from '../clock.ts';
import type { Measurement } from '../measurement.ts';
import { type Histogram, Samples } from '../samples.ts';
import { Directory } from './directory.ts';
import type { AcceptedReport } from './parts/accepted.ts';

/** What is appended and synced: a block of most file systems. */
const BLOCK = Buffer.alloc(4_096, 'x');
const PUT_BYTES = 120;
/** Of each kind, before it is the other's turn. */
const AT_ONCE = 50;

/** A put waits for a sync that is under way, then for its own; the rest is the way there and back. */
const SYNCS_MOST = 2;
const BESIDE_MS = 3;

/** How long each append with its fdatasync took. */
async function synced(file: FileHandle, count: number): Promise<Histogram> {
  const took = new Samples();
  for (let i = 0; i < count; i++) {
    const beganMs = sharedMs();
    await file.write(BLOCK);
    await file.datasync();
    took.add(sharedMs() - beganMs);
  }
  return took.histogram();
}

export const diskAccepted: Measurement = {
  name: 'disk-accepted',
  title: 'from a put until it is accepted by a log that is synced before, beside fdatasync alone',
  limitMs: 180_000,
  isLong: true,
  async run(stage, short): Promise<Check[]> {
    const directory = new Directory(stage.folder());
    const server = await stage.server([], 0, directory.flags(1e9, 'group'));
    const plan = { url: server.url, channel: 'room', bytes: PUT_BYTES };
    const putter = await stage.part('promises/disk/parts/accepted', plan);
    // Beside the folder of the log, which is for nothing else.
    const file = await open(join(dirname(directory.path), 'appended'), 'a');
    const [puts, syncs]: [Histogram[], Histogram[]] = [[], []];
    const begun = (await metrics(server.url)).sum('zerospan_log_disk_syncs_total');
    try {
      for (let turn = 0; turn < (short ? 3 : 20); turn++) {
        // In turns: a disk that is slower for a while is so for both.
        puts.push((await putter.ask<AcceptedReport>(`put ${AT_ONCE}`)).took);
        syncs.push(await synced(file, AT_ONCE));
      }
    } finally {
      await file.close();
    }
    const ended = (await metrics(server.url)).sum('zerospan_log_disk_syncs_total');
    const [put, sync] = [Samples.of(puts), Samples.of(syncs)];
    return [
      reported(
        'fdatasync of an append of 4 KB, p50',
        figure(sync.p50, 'ms'),
        `p99 ${figure(sync.p99, 'ms')}`,
      ),
      reported('from put to accepted, p99', figure(put.p99, 'ms'), `${put.count} puts, one after another`),
      // None would be accepted before its sync.
      atLeast('syncs of the server meanwhile', ended - begun, put.count),
      atMost('from put to accepted, p50', put.p50, SYNCS_MOST * sync.p50 + BESIDE_MS, 'ms'),
    ];
  },
};
