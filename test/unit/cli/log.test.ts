import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { run } from '../../../cli/src/program.ts';
import { NodeLock } from '../../../server/src/logs/disk/identity/node-lock.ts';
import { emptyFolder, logFolder } from '../../support/disk/log-folder.ts';
import { EPOCH } from '../../support/disk/segments.ts';
import { cli } from '../../support/terminal.ts';
import { until } from '../../support/until.ts';

describe('log info', () => {
  it('writes a line for each subject', async () => {
    const folder = await logFolder();
    const { code, out } = await cli(['log', 'info', folder]);
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      `Log       ${folder}, format 1`,
      'State     closed; a server goes on in this epoch',
      `Epoch     ${EPOCH}`,
      'Entries   8 entries',
      'Offsets   3 to 101',
      expect.stringMatching(/^Times {5}2025-12-01 \d\d:\d\d to 2025-12-01 \d\d:\d\d$/),
      expect.stringMatching(
        /^Size {6}.* in 2 segments, 0 B of last publications, .* about dropped segments$/,
      ),
      '',
    ]);
  });

  it('writes it as a line of JSON', async () => {
    const { code, out } = await cli(['log', 'info', '--json', await logFolder()]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ epoch: EPOCH, offsets: { first: 3, last: 101 } });
  });
});

describe('log verify', () => {
  it('ends with 0 where all is well', async () => {
    const { code, out } = await cli(['log', 'verify', await logFolder()]);
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringMatching(/^4 files, .*, 4 packs, 8 entries: all is well\n$/) as string,
    });
  });

  it('ends with 1 and a line for each fault otherwise', async () => {
    const folder = await logFolder();
    const file = join(folder, 'segment-0000000000000003.log');
    const bytes = await readFile(file);
    bytes[120] = (bytes[120] as number) ^ 1;
    await writeFile(file, bytes);
    const { code, out } = await cli(['log', 'verify', folder]);
    expect(code).toBe(1);
    expect(out).toMatch(
      /^segment-0000000000000003\.log, byte 96: \d+ bytes are damaged; offsets 3 to 6 cannot be read\n.*: 1 fault\n$/,
    );
    const json = await cli(['log', 'verify', '--json', folder]);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.out)).toMatchObject({ faults: 1, found: [{ at: 96, from: 3, to: 6 }] });
  });
});

describe('log export and import', () => {
  it('carry a log through a file that its owner alone may read', async () => {
    const [folder, place] = [await logFolder(), await emptyFolder()];
    const [file, made] = [join(place, 'all.ndjson'), join(place, 'made')];
    expect(await cli(['log', 'export', folder, '--output', file])).toEqual({ code: 0, out: '', talk: '' });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const imported = await cli(['log', 'import', made, '--input', file]);
    expect(imported).toMatchObject({ code: 0, out: '' });
    expect(imported.talk).toMatch(/made: 6 publications and 3 upstream gaps, in the new epoch [\w-]+\n$/);
    const { out } = await cli(['log', 'export', made, '--channel', 'räume.1', '--from', '5']);
    expect(out.match(/"channel":"räume\.1"/g)).toHaveLength(2);
  });

  it('carry it through a pipe', async () => {
    const [folder, made] = [await logFolder(), join(await emptyFolder(), 'made')];
    const { out } = await cli(['log', 'export', folder, '--since', '2025-12-01T00:00:30Z']);
    expect(out.split('\n').slice(0, -1)).toHaveLength(3);
    expect(await cli(['log', 'import', made], { stdin: out })).toMatchObject({
      code: 0,
      talk: expect.stringContaining('2 publications and 1 upstream gap') as string,
    });
  });

  it('refuse to write over a file', async () => {
    const file = join(await emptyFolder(), 'there');
    await writeFile(file, 'x');
    const { code, talk } = await cli(['log', 'export', await logFolder(), '-o', file]);
    expect({ code, talk }).toEqual({
      code: 1,
      talk: `zerospan: ${file} is there already\n  Name a new file, in a folder with room for it.\n`,
    });
    expect(await readFile(file, 'utf8')).toBe('x');
  });

  it('say which line is wrong', async () => {
    const made = join(await emptyFolder(), 'made');
    const { code, talk } = await cli(['log', 'import', made], { stdin: '{"channel":"a"}\n' });
    expect(code).toBe(2);
    expect(talk).toMatch(/^zerospan: line 1: it has neither .*\n {2}Correct it, remove .*made/);
  });

  it('say on a terminal how far an import is, and end where it is interrupted, with what came before', async () => {
    const made = join(await emptyFolder(), 'made');
    const [stdin, stdout] = [new PassThrough(), new PassThrough()];
    const stderr = Object.assign(new PassThrough(), { isTTY: true });
    const interrupt = new AbortController();
    let talk = '';
    stderr.on('data', (data) => (talk += String(data)));
    const terminal = { stdin, stdout, stderr, env: {}, interrupted: interrupt.signal };
    const ended = run(['log', 'import', made], terminal);
    // A line of another time has the ones above it written.
    for (const time of [1, 2]) stdin.write(`{"channel":"a","time":${time},"message":${time}}\n`);
    stdin.write('{"channel":');
    await until('progress', () => talk.includes('\r1 line'));
    interrupt.abort();
    expect(await ended).toBe(1);
    expect(talk).toMatch(/made: 2 publications, .*\nIt was interrupted: remove .*made, before you try again/);
    expect((await cli(['log', 'export', made])).out.match(/"message":/g)).toHaveLength(2);
  });

  it('say that an input cannot be read', async () => {
    const made = join(await emptyFolder(), 'made');
    const { code, talk } = await cli(['log', 'import', made, '--input', '/no/such/file']);
    expect(code).toBe(2);
    expect(talk).toMatch(/--input \/no\/such\/file cannot be read: ENOENT/);
  });

  it.each([
    ['--from', 'x', 'a whole number'],
    ['--since', 'yesterday', 'a time such as'],
  ])('refuse %s %s', async (flag, value, words) => {
    const { code, talk } = await cli(['log', 'export', 'x', flag, value]);
    expect(code).toBe(2);
    expect(talk).toContain(words);
  });
});

describe('log export and import, where it is not clear which log', () => {
  it.each([
    [['log', 'export'], /no log is named\n.*--nats/],
    [['log', 'import'], /no log is named/],
    [['log', 'export', 'x', '--nats', 'nats://127.0.0.1:1'], /in a folder or in a stream, not in both/],
    [['log', 'export', '--nats', 'http://x'], /nats\.servers \(--nats\): expected addresses/],
    [['log', 'export', '--config', '/no/such'], /--config \/no\/such cannot be read/],
  ])('refuse %j', async (args, words) => {
    const { code, talk } = await cli(args);
    expect({ code, talk }).toMatchObject({ code: 2, talk: expect.stringMatching(words) as string });
  });
});

describe('log move', () => {
  it('says that the folder may be moved, and what to do with the old one', async () => {
    const folder = await logFolder();
    const { code, out, talk } = await cli(['log', 'move', folder]);
    expect({ code, out }).toEqual({ code: 0, out: '' });
    expect(talk).toContain(`${folder} may be moved, at offset 101 of epoch ${EPOCH}.`);
    expect((await cli(['log', 'info', folder])).out).toContain('closed by "zerospan log move"');
  });
});

describe('every command on a log', () => {
  it.each(['info', 'verify', 'export', 'move'])(
    '%s says that there is none, and what to name',
    async (command) => {
      const folder = await emptyFolder();
      const { code, out, talk } = await cli(['log', command, folder]);
      expect({ code, out }).toEqual({ code: 1, out: '' });
      expect(talk).toBe(
        `zerospan: ${folder}: there is no log in it: neither meta nor a segment\n  Name the folder of log.directory.\n`,
      );
    },
  );

  it.each(['verify', 'export', 'move'])('%s refuses one that a server has', async (command) => {
    const folder = await logFolder();
    onTestFinished(await new NodeLock(folder).acquire());
    const { code, talk } = await cli(['log', command, folder]);
    expect(code).toBe(1);
    expect(talk).toContain(
      `${folder}: a server has it, the process ${process.pid}\n  Stop that server first`,
    );
  });
});
