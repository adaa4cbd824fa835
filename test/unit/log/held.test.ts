import { describe, expect, it } from 'vitest';
import { Held } from '../../../server/src/core/log/hot/held.ts';
import { Slabs } from '../../../server/src/core/log/hot/slabs.ts';
import { HEADROOM_BYTES, placePublication } from '../../../server/src/core/log/text.ts';
import { ENTRY_OVERHEAD_BYTES, MemoryLog } from '../../../server/src/logs/memory/index.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const all = { filter: { channels: [], prefixes: [''] }, after: 0 };

describe('an entry of the log in memory', () => {
  it('apart from its slab is the same one, in memory of its own of just its length and headroom', () => {
    const slabs = new Slabs();
    const payload = Buffer.from('"x"');
    placePublication(slabs, 1, 1, 'other', payload);
    const placed = placePublication(slabs, 2, 3, 'raum-ü', payload);
    const about = { kind: 'publication', offset: 2, time: 3, channel: 'raum-ü', republish: true } as const;
    const held = new Held(about, placed);
    const apart = held.apart();
    expect(apart).toMatchObject({
      ...about,
      textBytes: held.textBytes,
      nativeAt: held.nativeAt,
    });
    expect(apart.text).toEqual(held.text);
    expect(apart.text.buffer.byteLength).toBe(HEADROOM_BYTES + apart.text.length);
    expect(apart.withHeadroom(HEADROOM_BYTES).subarray(HEADROOM_BYTES)).toEqual(held.text);
    expect(apart.text.buffer).not.toBe(held.text.buffer);
    // Not a view: the slab may be written over, and this stays.
    const before = Buffer.from(apart.text);
    held.text.fill(0);
    expect(apart.text).toEqual(before);
  });

  it('that is kept as the last of its channel is in memory of its own; the others share theirs', async () => {
    const clock = new ManualClock();
    const log = new MemoryLog({ clock, bytes: 3 * (ENTRY_OVERHEAD_BYTES + 50), lastBytes: 1e6, ageMs: 0 });
    const put = (channel: string, text: string) =>
      log.append({ channels: [channel], payload: Buffer.from(text), republish: true });
    put('quiet', '"kept"');
    const read = () => log.read({ after: 0, interests: [all], scan: 100, bytes: 1e6 });
    const [before] = read().entries;
    expect(before?.text.buffer.byteLength).toBeGreaterThan(before?.text.length ?? 0);
    for (let i = 0; i < 10; i++) put('busy', String(i));
    const [kept, ...others] = read().entries;
    expect(log.droppedUpTo).toBeGreaterThan(0);
    expect(kept).toMatchObject({ offset: 1, channel: 'quiet' });
    expect(kept?.text.toString()).toMatch(/ quiet "kept"$/);
    expect(kept?.text.buffer.byteLength).toBe(HEADROOM_BYTES + (kept?.text.length ?? 0));
    expect(others.length).toBeGreaterThan(1);
    expect(new Set(others.map(({ text }) => text.buffer)).size).toBe(1);
  });

  it('that is kept may be the last of several in one put, each in memory of its own', async () => {
    const log = new MemoryLog({ clock: new ManualClock(), bytes: 0, lastBytes: 1e6, ageMs: 0 });
    log.append({ channels: ['a', 'b', 'c', 'd'], payload: Buffer.from('1'), republish: true });
    const { entries } = log.read({ after: 0, interests: [all], scan: 100, bytes: 1e6 });
    expect(entries.map(({ channel }) => channel)).toEqual(['a', 'b', 'c', 'd']);
    for (const { text } of entries.slice(0, -1))
      expect(text.buffer.byteLength).toBe(HEADROOM_BYTES + text.length);
  });
});
