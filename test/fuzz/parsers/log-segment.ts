import {
  readSegmentHeader,
  SEGMENT_HEADER_BYTES,
} from '../../../server/src/logs/disk/format/segment-header.ts';
import { readTrailer, TRAILER_BYTES, type Trailer } from '../../../server/src/logs/disk/format/trailer.ts';
import { readFooter } from '../../../server/src/logs/disk/index/footer.ts';
import { readPutKeys } from '../../../server/src/logs/disk/index/put-key-section.ts';
import type { SegmentIndex } from '../../../server/src/logs/disk/index/segment-index.ts';
import { PutTable } from '../../../server/src/logs/disk/opening/put-table.ts';
import { crcOf } from '../../../server/src/logs/packs/check-sum.ts';
import { isWhole, type PackHeader, readHeader, visitRecords } from '../../../server/src/logs/packs/pack.ts';
import { fixtureFiles } from '../../support/disk/fixture.ts';
import { atOnce } from '../../support/disk/segments.ts';
import { broken, type Parser } from '../parser.ts';

/**
 * A segment of a log on disk. Damage has a wrong sum nearly always; what is behind the sums is read as well, as if they
 * were right.
 */
export const logSegment: Parser = {
  name: 'log-segment',
  seeds: [...fixtureFiles().values()],
  words: ['ZSEG', 'ZPAK', 'ZIDX', 'ZKEY', 'ZEND', '\0\0\0\0', '\u0001\0\0\0'],
  mostBytes: 4_096,
  read(bytes) {
    readSegmentHeader(bytes);
    for (let at = bytes.indexOf('ZPAK'); at >= 0; at = bytes.indexOf('ZPAK', at + 1))
      readPack(bytes.subarray(at));
    const trailer = readTrailer(bytes, bytes.length);
    if (
      typeof trailer !== 'string' &&
      trailer.footerAt + trailer.footerBytes + TRAILER_BYTES !== bytes.length
    )
      broken('a trailer is that of its file');
    for (let at = bytes.indexOf('ZIDX'); at >= 0; at = bytes.indexOf('ZIDX', at + 1)) readSeal(bytes, at);
  },
};

function readPack(bytes: Buffer): void {
  const header = readHeader(bytes, 0);
  if (typeof header === 'string') return;
  if (isWhole(bytes, header) && crcOf(bytes.subarray(12, header.bytes)) !== header.crc)
    broken('the sum of a whole pack is right');
  readRecords(bytes, header);
}

function readRecords(bytes: Buffer, header: PackHeader): void {
  let entries = 0;
  const isGood = visitRecords(bytes, header, (view, offset) => {
    const record = view.record();
    if (offset !== header.first + entries) broken('records follow each other');
    entries += record.channels.length;
    if (entries > header.entries) broken('a pack has no more entries than it says');
    if (record.kind === 'put' && record.payload.length > bytes.length) broken('a payload lies in its pack');
  });
  if (isGood && entries !== header.entries) broken('a good pack has the entries that it says');
}

/** What begins as a footer, with any end before the trailer, and all that is before it as put keys. */
function readSeal(bytes: Buffer, at: number): void {
  const footer = bytes.subarray(at, Math.max(bytes.length - TRAILER_BYTES, at));
  const packs = footer.length >= 8 ? footer.readUInt32LE(4) : 0;
  const index = atOnce(readFooter(footer, { footerCrc: crcOf(footer), packs }));
  if (typeof index === 'string') return;
  readIndex(index, footer.length);
  const keysAt = Math.max(bytes.lastIndexOf('ZKEY', at), SEGMENT_HEADER_BYTES);
  const keyBytes = bytes.subarray(keysAt, Math.max(at, keysAt));
  const trailer: Pick<Trailer, 'keysCrc'> = { keysCrc: crcOf(keyBytes) };
  const keys = atOnce(readPutKeys(keyBytes, trailer, index.packs));
  if (typeof keys === 'string') return;
  const all = [...keys.all()];
  if (all.length !== keys.count) broken('there are as many keys as are said');
  const table = atOnce(PutTable.of([keys.from(keys.firstOf((time) => time > 0))]));
  for (const { key } of all) table.putOf(key.client, key.id);
}

function readIndex(index: SegmentIndex, footerBytes: number): void {
  let offsets = 0;
  for (const channel of index.all()) {
    offsets += channel.count;
    if (channel.count < 0 || channel.count > footerBytes / 4) broken('a footer has room for all its offsets');
    for (let i = 0; i < channel.count; i++)
      if (channel.offsetAt(i) < index.before) broken('an offset is above that before the segment');
    index.channel(channel.name)?.firstAbove(index.before);
    if (channel.gaps.length > footerBytes / 12) broken('a footer has room for all its gaps');
  }
  for (let i = 0; i < index.packs.count; i++) index.packs.at(i);
  index.packs.find(offsets);
}
