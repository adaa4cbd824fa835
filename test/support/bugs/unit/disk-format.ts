import type { UnitBug } from './unit-bug.ts';

const DISK = 'server/src/logs/disk';
const PACK = ['test/unit/logs/packs/pack.test.ts'];
const SEAL = ['test/unit/logs/disk/index/seal.test.ts'];

/** The bytes of the log on disk. */
export const diskFormatBugs: readonly UnitBug[] = [
  {
    name: 'taken on trust: the check sum of a pack is not checked',
    file: 'server/src/logs/packs/pack.ts',
    find: 'crcOf(pack.subarray(SUMMED_FROM, bytes)) === crc',
    replace: 'crc === crc',
    caughtBy: PACK,
  },
  {
    name: 'torn and taken: a pack that is cut off counts as whole if its sum is',
    file: 'server/src/logs/packs/pack.ts',
    find: 'pack.length >= bytes && crcOf(pack.subarray(SUMMED_FROM, bytes)) === crc',
    replace: '(pack.length < bytes || crcOf(pack.subarray(SUMMED_FROM, bytes)) === crc)',
    caughtBy: PACK,
  },
  {
    name: 'too long a word: a payload may reach beyond the end of its pack',
    file: 'server/src/logs/packs/record-view.ts',
    find: 'return this.end <= most && ',
    replace: 'return ',
    caughtBy: PACK,
  },
  {
    name: 'one put, two packs: a pack takes what it has no room for',
    file: 'server/src/logs/packs/pack.ts',
    find: 'this.#entries + record.channels.length <= PACK_ENTRIES_MOST',
    replace: 'this.#entries < PACK_ENTRIES_MOST',
    caughtBy: PACK,
  },
  {
    name: 'a flip from the future: a damaged header counts as one of another version',
    file: `${DISK}/format/segment-header.ts`,
    find: "if (crcOf(bytes.subarray(0, CRC_AT)) !== bytes.readUInt32LE(CRC_AT)) return 'crc';",
    replace: '',
    caughtBy: ['test/unit/logs/disk/format/segment-header.test.ts'],
  },
  {
    name: 'footer off by one: the index of a sealed segment leads to the entry behind',
    file: `${DISK}/index/write-footer.ts`,
    find: 'channel.offsetAt(n) - before',
    replace: 'channel.offsetAt(n) - before + 1',
    caughtBy: [...SEAL, 'test/unit/logs/disk/fixture.test.ts'],
  },
  {
    name: 'whatever the footer says: its check sum is not checked',
    file: `${DISK}/index/footer.ts`,
    find: "!== footerCrc) return 'crc';",
    replace: "=== -1) return 'crc';",
    caughtBy: SEAL,
  },
  {
    name: 'somebody else’s put: keys of one client with several users become those of the first',
    file: `${DISK}/index/growing-index.ts`,
    find: 'known?.find((i) => this.owners[i]?.user === user)',
    replace: 'known?.[0]',
    caughtBy: SEAL,
  },
  {
    name: 'five minutes less: the keys of the oldest puts that are remembered are left out of the footer',
    file: `${DISK}/index/put-key-section.ts`,
    find: 'packs.findTime(keysAfter + 1)',
    replace: 'packs.findTime(keysAfter + 2)',
    caughtBy: SEAL,
  },
];
