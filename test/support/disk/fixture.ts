import { fingerprintOf } from '../../../server/src/core/log/puts/remembered.ts';
import type { PutRecord } from '../../../server/src/core/log/store.ts';
import { readTrailer, type Trailer } from '../../../server/src/logs/disk/format/trailer.ts';
import { withoutPacks } from '../../../server/src/logs/disk/index/seal.ts';
import { gap, put } from './records.ts';
import { fileOf, type PackMade, type SegmentMade, sealed, segmentOf } from './segments.ts';

/** Where the files lie that version 1 of the format wrote. */
export const FIXTURE = new URL('../fixtures/log-v1/', import.meta.url);

const TIME = 1_764_547_200_000;
const SEED = 0x5eed;

const keyed = (channels: readonly string[], text: string, id: number): PutRecord => {
  const payload = Buffer.from(text);
  const key = { client: 'client-1', id, fingerprint: fingerprintOf({ channels, payload, republish: true }) };
  return put(channels, { payload, user: 'alice', key: { ...key, isMobile: id === 8 } });
};

/** What each segment has, oldest first. */
export const FIXTURE_PACKS: readonly (readonly PackMade[])[] = [
  [{ time: TIME, records: [put(['votes']), put(['votes'])] }],
  [
    {
      time: TIME + 1_000,
      records: [
        keyed(['votes', 'räume.1'], '{"n":1}', 7),
        gap(['votes'], 3),
        put(['votes'], { republish: false }),
      ],
    },
    { time: TIME + 1_005, records: [keyed(['räume.1'], 'true', 8), gap([''], null)] },
  ],
  [
    { time: TIME + 60_000, records: [put(['votes'])], syncedUpTo: 8 },
    // As after a power loss: offsets up to 100 may have been given.
    { time: TIME + 90_000, jump: 91, records: [put(['räume.1'])], syncedUpTo: 100 },
  ],
];

/** The segments, each behind the one before. */
export function fixtureSegments(): SegmentMade[] {
  const made: SegmentMade[] = [];
  for (const packs of FIXTURE_PACKS) {
    const { last = 0, chain = 0 } = made.at(-1) ?? {};
    made.push(segmentOf(packs, { before: last, chain, created: packs[0]?.time ?? 0 }));
  }
  return made;
}

/** All files, by name: a segment that was dropped, one that is sealed, and the one that was written last. */
export function fixtureFiles(): ReadonlyMap<string, Buffer> {
  const [dropped, whole, newest] = fixtureSegments() as [SegmentMade, SegmentMade, SegmentMade];
  const seal = sealed(dropped, SEED);
  const file = fileOf(dropped, seal);
  const trailer = readTrailer(seal.trailer, file.length) as Trailer;
  return new Map([
    ['dropped-0000000000000001.index', withoutPacks(dropped.header, seal.footer, trailer)],
    ['segment-0000000000000003.log', fileOf(whole, sealed(whole, SEED))],
    ['segment-0000000000000009.log', fileOf(newest)],
  ]);
}
