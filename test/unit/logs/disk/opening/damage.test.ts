import { describe, expect, it } from 'vitest';
import { ENDS, ended, findingsOf, flipRun, newestSegment } from '../../../../support/power-loss/damage.ts';

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
      for (let seed = 1; seed <= 50; seed++) expect(await flipRun(end, seed), `seed ${seed}`).toEqual([]);
    },
  );
});

describe('a log of whose last pack the length was changed', () => {
  it.each(ENDS)('reports what is missing, whatever bit of it changed, after a %s', async (end) => {
    for (let bit = 0; bit < 32; bit++) {
      const flipped = await ended(end, 4);
      const name = newestSegment(flipped.disk);
      const bytes = Buffer.from(flipped.disk.volume.bytesOf(name));
      const length = bytes.lastIndexOf('ZPAK') + 4;
      bytes.writeUInt8(bytes.readUInt8(length + (bit >> 3)) ^ (1 << (bit & 7)), length + (bit >> 3));
      flipped.disk.volume.put(name, bytes);
      expect(await findingsOf(flipped, 1), `bit ${bit}`).toEqual([]);
    }
  });
});
