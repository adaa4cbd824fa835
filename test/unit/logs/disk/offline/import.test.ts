import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportLog } from '../../../../../server/src/logs/disk/offline/export.ts';
import { importLog } from '../../../../../server/src/logs/disk/offline/import.ts';
import { verifyLog } from '../../../../../server/src/logs/disk/offline/verify.ts';
import { ImportFault } from '../../../../../server/src/logs/lines/importing.ts';
import { linesOf } from '../../../../../server/src/logs/lines/lines.ts';
import { emptyFolder, logFolder } from '../../../../support/disk/log-folder.ts';

async function* chunksOf(text: string, bytes = 7): AsyncGenerator<Buffer> {
  const all = Buffer.from(text);
  for (let at = 0; at < all.length; at += bytes) yield all.subarray(at, at + bytes);
}

async function exported(folder: string): Promise<string> {
  let text = '';
  for await (const piece of exportLog(folder)) text += piece;
  return text;
}

/** Lines without what an import gives anew. */
const kept = (text: string): string =>
  text.replaceAll(/"epoch":"[^"]*"/g, '"epoch":E').replaceAll(/"(offset|from|to)":\d+/g, '"$1":N');

const line = (more: object): string => `${JSON.stringify({ channel: 'a', time: 5, message: 1, ...more })}\n`;

async function faultOf(text: string): Promise<ImportFault> {
  const directory = join(await emptyFolder(), 'log');
  const error: unknown = await importLog(chunksOf(text), directory).catch((each: unknown) => each);
  expect(error).toBeInstanceOf(ImportFault);
  return error as ImportFault;
}

describe('import', () => {
  it('makes a log of an export, in its order and with its times, payloads and gaps', async () => {
    const text = await exported(await logFolder());
    const directory = join(await emptyFolder(), 'log');
    const made = await importLog(chunksOf(text), directory);
    expect(made).toMatchObject({ publications: 6, gaps: 3 });
    const again = await exported(directory);
    // What was missing is a gap of every channel, at the time of the line above it.
    expect(kept(again)).toBe(
      kept(text).replace(
        '{"gap":{"reason":"missing","epoch":E,"from":N,"to":N,"missed":null}}',
        '{"gap":{"reason":"upstream","epoch":E,"from":N,"to":N,"missed":null,"time":1764547260000}}',
      ),
    );
    expect(again).toContain(`"epoch":"${made.epoch}","offset":1,`);
    const faults: unknown[] = [];
    await verifyLog(directory, { onFault: (fault) => faults.push(fault) });
    expect(faults).toEqual([]);
  });

  it('keeps what JSON of Node would change, and takes fields in any order', async () => {
    const directory = join(await emptyFolder(), 'log');
    const text =
      '{"message":[1.0,12345678901234567890,"\u2028"],"time":7,"x":0,"channel":"a"}\n\n{"time":7,"channel":"b","message":null}';
    await importLog(chunksOf(text), directory);
    expect((await exported(directory)).split('\n').map((each) => each.replace(/^.*"message":/, ''))).toEqual([
      '[1.0,12345678901234567890,"\u2028"]}',
      'null}',
      '',
    ]);
  });

  it('takes many lines of many times', async () => {
    const directory = join(await emptyFolder(), 'log');
    let text = '';
    for (let i = 0; i < 3_000; i++)
      text += line({
        channel: `c${i % 7}`,
        time: 1_000 + Math.floor(i / 3),
        message: `${i} ${'x'.repeat(800)}`,
      });
    expect(await importLog(chunksOf(text, 65_536), directory)).toMatchObject({
      publications: 3_000,
      times: { first: 1_000, last: 1_999 },
    });
    expect(kept(await exported(directory))).toBe(
      kept(
        text.replaceAll(/"channel":("\w+"),"time":(\d+),/g, '"channel":$1,"epoch":"","offset":0,"time":$2,'),
      ),
    );
  });

  it.each([
    ['no JSON', `${line({})}{"channel"`, 2, /it is not JSON/],
    ['no object', `[]\n`, 1, /it is not a JSON object/],
    ['no message', line({ message: undefined }), 1, /neither "channel" and "message", nor "gap"/],
    ['no time', line({ time: undefined }), 1, /it has no "time"/],
    ['half a time', line({ time: 0.5 }), 1, /"time" is not a whole number/],
    [
      'a time that goes back',
      line({}) + line({ time: 3 }),
      2,
      /its time is 2 ms before that of the line above/,
    ],
    ['a bad channel', line({ channel: 'a b' }), 1, /its channel is not a good name/],
    ['a bad count', `{"gap":{"missed":0}}\n`, 1, /"missed" of its gap/],
  ])('says which line has %s', async (_, text, number, words) => {
    const { message, line: at } = await faultOf(text);
    expect(message).toMatch(words);
    expect(at).toBe(number);
  });

  it('refuses a folder that has something in it, and leaves it alone', async () => {
    const folder = await emptyFolder();
    await writeFile(join(folder, 'x'), 'y');
    await expect(importLog(chunksOf(line({})), folder)).rejects.toThrow(/is not empty/);
  });
});

describe('lines', () => {
  it('are cut at line feeds alone, whatever the chunks', async () => {
    const text = 'a\r\n\u2028b\n\nlast';
    for (const bytes of [1, 2, 3, 100]) {
      const lines: string[] = [];
      for await (const each of linesOf(chunksOf(text, bytes))) lines.push(each.toString());
      expect(lines).toEqual(['a\r', '\u2028b', '', 'last']);
    }
  });
});
