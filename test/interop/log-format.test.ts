import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { StoreRecord } from '../../server/src/core/log/store.ts';
import { FIXTURE, FIXTURE_PACKS } from '../support/disk/fixture.ts';
import { anyRecord, gap, put } from '../support/disk/records.ts';
import { fileOf, type PackMade, sealed, segmentOf } from '../support/disk/segments.ts';
import { findPython } from '../support/python.ts';
import { available } from '../support/required.ts';

const python = findPython();
const hasPython = available('a python3 that can import zmq', python);
const folder = mkdtempSync(join(tmpdir(), 'zerospan-log-format-'));

afterAll(() => rmSync(folder, { recursive: true }));

/** What a program that knows the page on the format alone reads of a segment. */
function readByPython(path: string, names: readonly string[] = []): unknown[] {
  const reader = fileURLToPath(new URL('log_reader.py', import.meta.url));
  const lines = execFileSync(python as string, ['-X', 'utf8', reader, path, ...names], { encoding: 'utf8' });
  return lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

/** The same, from what was written. */
function expectedOf(packs: readonly PackMade[], before: number, names: readonly string[] = []): object[] {
  const lines: object[] = [];
  const keys: object[] = [];
  const channels = new Map<string, { offsets: number[]; gaps: [number, number | null][] }>();
  let last = before;
  for (const { records, time, jump = 0 } of packs) {
    last += jump;
    for (const record of records) {
      if (record.kind === 'put' && record.key)
        keys.push({
          offset: last + 1,
          time,
          user: record.user,
          channels: record.channels.length,
          ...record.key,
        });
      for (const channel of record.channels) {
        const offset = ++last;
        const has = channels.get(channel) ?? { offsets: [], gaps: [] };
        channels.set(channel, has);
        if (record.kind === 'gap') has.gaps.push([offset, record.missed]);
        else has.offsets.push(offset);
        lines.push({ offset, time, channel, ...contentOf(record) });
      }
    }
  }
  const found = names.map((channel) => ({ channel, found: channels.get(channel) ?? null }));
  return [...lines, ...found, ...(names.length > 0 ? keys : [])];
}

function contentOf(record: StoreRecord): object {
  if (record.kind === 'gap') return { missed: record.missed };
  const { payload, user, republish, key = null } = record;
  return { message: Buffer.from(payload).toString(), user, republish, key };
}

describe.skipIf(!hasPython)('a reader of another language', () => {
  const path = (name: string): string => fileURLToPath(new URL(name, FIXTURE));

  it('reads what version 1 wrote', () => {
    const [, whole = [], newest = []] = FIXTURE_PACKS;
    const names = ['votes', 'räume.1', '', 'none'];
    expect(readByPython(path('segment-0000000000000003.log'), names)).toEqual(expectedOf(whole, 2, names));
    expect(readByPython(path('segment-0000000000000009.log'))).toEqual(expectedOf(newest, 8));
    expect(readByPython(path('dropped-0000000000000001.index'), ['votes'])).toEqual([
      { channel: 'votes', found: { offsets: [1, 2], gaps: [] } },
    ]);
  });

  it('reads what this version writes, whatever it is, and finds each channel', () => {
    // A payload is JSON, which is text; names on a command line have no zero and no surrogates.
    const record = anyRecord.map((any) =>
      any.kind === 'gap' ? any : { ...any, payload: Buffer.from('{"ü":1}') },
    );
    const packs = fc.array(
      fc.record({
        records: fc.array(record, { minLength: 1, maxLength: 6 }),
        time: fc.constant(5),
        jump: fc.nat(3),
      }),
      { minLength: 1, maxLength: 5 },
    );
    const many = Array.from({ length: 300 }, (_, i) =>
      i % 9 === 0 ? gap([`c${i}`], i) : put([`c${i}`, `d${i % 7}`]),
    );
    fc.assert(
      fc.property(packs, fc.nat(), (some, seed) => {
        const made = [...some, { records: many, time: 6 }];
        const segment = segmentOf(made, { before: 2 ** 40 });
        const file = join(folder, 'segment.log');
        writeFileSync(file, fileOf(segment, sealed(segment, seed)));
        const names = [...segment.index.all()].map(({ name }) => name).filter((name) => !name.includes('\0'));
        const asked = [...names, 'none'];
        expect(readByPython(file, asked)).toEqual(expectedOf(made, 2 ** 40, asked));
      }),
      { numRuns: 10 },
    );
  });
});
