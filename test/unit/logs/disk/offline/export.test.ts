import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NodeFiles } from '../../../../../server/src/logs/disk/files/node-files.ts';
import { type ExportRange, exportLog } from '../../../../../server/src/logs/disk/offline/export.ts';
import { FIXTURE_PACKS } from '../../../../support/disk/fixture.ts';
import { addLasts, logFolder } from '../../../../support/disk/log-folder.ts';
import { put } from '../../../../support/disk/records.ts';
import { EPOCH, fileOf, sealed, segmentOf } from '../../../../support/disk/segments.ts';

const TIME = FIXTURE_PACKS[0]?.[0]?.time ?? 0;

async function linesOf(folder: string, range?: ExportRange): Promise<string[]> {
  let text = '';
  for await (const piece of exportLog(folder, range)) text += piece;
  return text.split('\n').slice(0, -1);
}

/** Lines in short: `5 room`, `5 room -3` for a gap of three, `4-7` for what is missing. */
async function storyOf(folder: string, range?: ExportRange): Promise<string[]> {
  return (await linesOf(folder, range)).map((line) => {
    const { gap, offset, channel } = JSON.parse(line) as Record<string, string> & {
      gap?: Record<string, string>;
    };
    if (!gap) return `${offset} ${channel}`;
    return gap.reason === 'missing'
      ? `${gap.from}-${gap.to}`
      : `${gap.from} ${gap.channel ?? '*'} -${gap.missed}`;
  });
}

describe('export', () => {
  it('writes publications and gaps by offset, and what is missing in its place', async () => {
    expect(await storyOf(await logFolder())).toEqual([
      '3 votes',
      '4 räume.1',
      '5 votes -3',
      '6 votes',
      '7 räume.1',
      '8 * -null',
      '9 votes',
      '10-100',
      '101 räume.1',
    ]);
  });

  it('writes a publication as history does, with its payload as it was put, on one line', async () => {
    const folder = await logFolder();
    const payload = Buffer.from('{"n":12345678901234567890,\r\n"é":"\\u2028"}');
    const made = segmentOf([{ time: TIME + 90_001, records: [put(['a"b'], { payload })] }], { before: 101 });
    await writeFile(join(folder, 'segment-0000000000000102.log'), fileOf(made));
    const lines = await linesOf(folder);
    expect(lines.at(-1)).toBe(
      `{"channel":"a\\"b","epoch":"${EPOCH}","offset":102,"time":${TIME + 90_001},"message":{"n":12345678901234567890,  "é":"\\u2028"}}`,
    );
    expect(lines[2]).toBe(
      `{"gap":{"reason":"upstream","channel":"votes","epoch":"${EPOCH}","from":5,"to":5,"missed":3,"time":${TIME + 1_000}}}`,
    );
  });

  it.each<[string, ExportRange, string[]]>([
    ['offsets', { fromOffset: 4, toOffset: 6 }, ['4 räume.1', '5 votes -3', '6 votes']],
    ['offsets that are missing', { fromOffset: 50, toOffset: 60 }, ['10-100']],
    [
      'times',
      { fromTime: TIME + 1_001, toTime: TIME + 60_000 },
      ['7 räume.1', '8 * -null', '9 votes', '10-100'],
    ],
    [
      'a channel, with the gaps that concern each',
      { filter: { channels: ['räume.1'], prefixes: [] } },
      ['4 räume.1', '7 räume.1', '8 * -null', '10-100', '101 räume.1'],
    ],
    [
      'a prefix',
      { filter: { channels: [], prefixes: ['vo'] }, toOffset: 6 },
      ['3 votes', '5 votes -3', '6 votes'],
    ],
    ['nothing', { fromOffset: 1_000 }, []],
  ])('writes %s alone', async (_, range, story) => {
    expect(await storyOf(await logFolder(), range)).toEqual(story);
  });

  it('writes last publications that outlived their segments first, and nothing missing between them', async () => {
    const folder = await logFolder();
    await addLasts(folder);
    expect((await storyOf(folder)).slice(0, 3)).toEqual(['1 old', '2 quiet', '3 votes']);
  });

  it('writes nothing twice where a server ended between keeping last publications and removing their segment', async () => {
    const folder = await logFolder();
    const made = segmentOf([
      { time: TIME - 1, records: [put(['old'])] },
      // One pack of which the second publication is in the oldest segment as well.
      { time: TIME, records: [put(['quiet']), put(['votes'])] },
    ]);
    await writeFile(join(folder, 'lasts'), fileOf(made, sealed(made)));
    const story = ['1 old', '2 quiet', '3 votes', '4 räume.1'];
    expect((await storyOf(folder)).slice(0, 4)).toEqual(story);
    expect(await storyOf(folder, { toOffset: 3 })).toEqual(story.slice(0, 3));
    expect(await storyOf(folder, { fromOffset: 2, toOffset: 2 })).toEqual(['2 quiet']);
  });

  it('goes on behind damage, and says what is missing because of it', async () => {
    const folder = await logFolder();
    const file = join(folder, 'segment-0000000000000003.log');
    const bytes = await readFile(file);
    bytes[130] = (bytes[130] as number) ^ 4;
    await writeFile(file, bytes);
    expect((await storyOf(folder)).slice(0, 3)).toEqual(['3-6', '7 räume.1', '8 * -null']);
  });

  it('says that a segment is missing between two others', async () => {
    const folder = await logFolder();
    const made = segmentOf([{ time: TIME + 99_000, records: [put(['late'])] }], { before: 200 });
    await writeFile(join(folder, 'segment-0000000000000201.log'), fileOf(made));
    expect((await storyOf(folder)).slice(-3)).toEqual(['101 räume.1', '102-200', '201 late']);
    expect(await new NodeFiles(folder).stat('lock')).toBeUndefined();
  });
});
