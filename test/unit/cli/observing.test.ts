import { spawnSync } from 'node:child_process';
import { PassThrough, Readable, Writable } from 'node:stream';
import {
  CHANNEL_ORDERS,
  type ChannelsPage,
  type Explanation,
  type SessionDetail,
  type SessionsPage,
} from '@zerospan/shared';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { channelLines, channels } from '../../../cli/src/commands/observing/channels.ts';
import { sessionLines } from '../../../cli/src/commands/observing/sessions.ts';
import { agoText } from '../../../cli/src/commands/observing/texts.ts';
import { Bus } from '../../../client/src/bus.ts';
import type { RunningServer } from '../../../server/src/compose.ts';
import { ALL, TestGate } from '../../support/grants.ts';
import { openServer } from '../../support/server.ts';
import { cli, Session } from '../../support/terminal.ts';
import { until } from '../../support/until.ts';

const EVERYTHING = { subscribe: ALL, put: ALL, history: ALL, confirm: true };

let server: RunningServer;
let bus: Bus;

const as = (token: string) => ({ env: { ZEROSPAN_TOKEN: token } });

beforeAll(async () => {
  const gate = new TestGate()
    .knows('ada', 'ada', EVERYTHING)
    .knows('bob', 'bob', EVERYTHING)
    .knows('observer', 'op', { observe: true })
    .knows('admin', 'root', { admin: true });
  server = await openServer({}, { gate });
  bus = new Bus(server.ws, { token: () => 'ada', name: 'Ada L.' });
  const votes = bus.subscribe([{ prefix: 'vote.' }]);
  await votes.ready;
  await bus.put(['vote.a', 'vote.b', 'room'], 1);
}, 20_000);

afterAll(async () => {
  await bus.close({ timeoutMs: 0 });
  await server.stop();
});

describe('channels', () => {
  it('writes a row for each', async () => {
    const { code, out, talk } = await cli(['channels', '--url', server.url], as('observer'));
    expect({ code, talk }).toEqual({ code: 0, talk: '' });
    expect(out).toMatch(/^CHANNEL +OFFSET +LAST +PER S +SESSIONS +ZEROMQ$/m);
    expect(out).toMatch(/^room +3 +\d+ (s|min) +0\.\d +0 +0$/m);
    expect(out).toMatch(/^vote\.a +1 +\d+ (s|min) +0\.\d +1 +0$/m);
  });

  it('narrows and sorts them, and shows one level of a tree', async () => {
    const tree = await cli(['channels', '--url', server.ws, '--separator', '.'], as('observer'));
    expect(tree.out).toMatch(/^vote\.… \(2\) +2 /m);
    const votes = await cli(
      ['channels', 'vote.', '--url', server.ws, '--sort', 'time', '--json'],
      as('observer'),
    );
    const { channels } = JSON.parse(votes.out) as ChannelsPage;
    expect(channels.map(({ channel }) => channel)).toEqual(['vote.b', 'vote.a']);
    const page = await cli(['channels', '--url', server.ws, '--skip', '1', '--limit', '1'], as('observer'));
    expect(page.out).toMatch(/^2 to 2 of 3 rows; the next ones: --skip 2$/m);
  });

  it('with --watch writes them again and again until it is interrupted', async () => {
    const session = new Session(['channels', '--url', server.ws, '--watch', '--json'], as('observer'));
    await until('two answers', () => session.lines.length >= 2);
    session.interrupt();
    expect((await session.result()).code).toBe(0);
  });

  it('takes the orders that the server has', async () => {
    const { code, talk } = await cli(['channels', '--sort', 'size']);
    expect([code, talk]).toEqual([2, expect.stringContaining(CHANNEL_ORDERS.join(', '))]);
  });
});

describe('sessions', () => {
  it('writes a row for each, with who it is', async () => {
    const { code, out } = await cli(['sessions', '--url', server.url], as('observer'));
    expect(code).toBe(0);
    expect(out).toMatch(
      /^[\da-f]{16} +ada "Ada L\." +127\.0\.0\.1 +\d+ (s|min) +live +\d+ +\d+( B)? +0 +0 +1$/m,
    );
  });

  it('describes one of them, and finds it by its ref', async () => {
    const { out } = await cli(['sessions', '--url', server.url, '--search', 'ADA', '--json'], as('observer'));
    const { sessions } = JSON.parse(out) as SessionsPage;
    const { ref = '', session = '' } = sessions[0] ?? {};
    const shown = await cli(['sessions', ref, '--url', server.url], as('observer'));
    expect(shown.out).toContain(`Session     ${session}`);
    expect(shown.out).toMatch(/^Client {6}ada "Ada L\.", ref [\da-f]{16}$/m);
    expect(shown.out).toMatch(/^Subscribed {2}1: vote\.\*, onLag replay$/m);
    const same = await cli(['sessions', session, '--url', server.url, '--json'], as('observer'));
    expect((JSON.parse(same.out) as SessionDetail).ref).toBe(ref);
    const none = await cli(['sessions', 'nobody', '--url', server.url], as('observer'));
    expect([none.code, none.talk]).toEqual([1, expect.stringContaining('GET /v1/sessions')]);
  });
});

describe('explain', () => {
  it('writes the verdict and why, for people and as JSON, and needs observe', async () => {
    const { epoch } = server;
    const list = await cli(['sessions', '--url', server.url, '--search', 'ada', '--json'], as('observer'));
    const { ref = '' } = (JSON.parse(list.out) as SessionsPage).sessions[0] ?? {};
    const ask = (...more: string[]) =>
      cli(['explain', `${epoch}_3`, ref, '--url', server.url, ...more], as('observer'));
    const { code, out, talk } = await ask();
    expect([code, talk]).toEqual([0, '']);
    expect(out).toMatch(/^not-subscribed: No subscription of the client matched its channel\.\n\n/);
    expect(out).toMatch(/^[-\d]+T[:.\d]+Z Published on "room"\.$/m);
    const asJson = JSON.parse((await ask('--json')).out) as Explanation;
    expect(asJson).toMatchObject({ client: ref, verdict: 'not-subscribed', channel: 'room' });
    const refused = await cli(['explain', `${epoch}_3`, ref, '--url', server.url], as('ada'));
    expect([refused.code, refused.talk]).toEqual([1, expect.stringContaining('observe')]);
    const bad = await cli(['explain', '3', ref, '--url', server.url], as('observer'));
    expect([bad.code, bad.talk]).toEqual([1, expect.stringContaining('EPOCH_OFFSET')]);
  });
});

describe('what is watched', () => {
  it('is on a terminal no more than its lines, and takes the place of what was there', async () => {
    const written: string[] = [];
    const interrupt = new AbortController();
    const stdout = Object.assign(
      new Writable({
        write(chunk: Buffer, _encoding, done) {
          written.push(chunk.toString());
          if (written.length === 2) interrupt.abort();
          done();
        },
      }),
      { isTTY: true, rows: 3, columns: 60 },
    );
    const options = { url: server.url, watch: true };
    const terminal = {
      stdin: Readable.from([]),
      stdout,
      stderr: new PassThrough(),
      ...as('observer'),
      interrupted: interrupt.signal,
    };
    expect(await channels(undefined, options, terminal)).toBe(0);
    for (const text of written) {
      expect(text.startsWith('\u001B[H\u001B[2J')).toBe(true);
      expect(text.split('\n')).toHaveLength(3);
    }
  });
});

describe('revoke', () => {
  it('ends a session, and needs admin', async () => {
    const doomed = new Bus(server.ws, { token: () => 'bob' });
    await doomed.ready;
    const { out } = await cli(['sessions', '--url', server.url, '--search', 'bob', '--json'], as('observer'));
    const { session = '' } = (JSON.parse(out) as SessionsPage).sessions[0] ?? {};
    const refused = await cli(['revoke', session, '--url', server.url], as('observer'));
    expect([refused.code, refused.talk]).toEqual([1, expect.stringContaining('admin')]);
    const done = await cli(['revoke', session, '--url', server.url, '--json'], as('admin'));
    expect(done.code).toBe(0);
    expect(JSON.parse(done.out)).toMatchObject({ session });
    await until('its end', () => doomed.state === 'closed');
    const again = await cli(['revoke', session, '--url', server.url], as('admin'));
    expect(again.code).toBe(1);
    await doomed.close({ timeoutMs: 0 });
  });

  it('asks first on a terminal, and ends nothing without a yes', async () => {
    const { out } = await cli(['sessions', '--url', server.url, '--search', 'ada', '--json'], as('observer'));
    const { ref = '' } = (JSON.parse(out) as SessionsPage).sessions[0] ?? {};
    const asked = await cli(['revoke', ref, '--url', server.url], {
      ...as('admin'),
      stdin: 'n\n',
      isTTY: true,
    });
    expect(asked.code).toBe(1);
    expect(asked.talk).toMatch(/^End session \S+ of ada "Ada L\.", ref [\da-f]{16}\? \[y\/N\] /);
    expect(asked.talk).toContain('nothing was ended');
    expect(bus.state).toBe('live');
  });
});

describe('texts', () => {
  it('are one line a row, whatever is in a name, cut to the width of a terminal', () => {
    const page = {
      groups: [],
      channels: [
        {
          channel: `a${'x'.repeat(250)}`,
          offset: null,
          time: null,
          perS: 0,
          sessions: 0,
          nativeSubscriptions: 0,
        },
        { channel: '\u0007\u001B[2J', offset: 7, time: 0, perS: 1234.5, sessions: 1, nativeSubscriptions: 2 },
      ],
      total: 2,
      skip: 0,
    };
    const lines = channelLines(page, 60, 90_000);
    expect(lines.map(({ length }) => length).every((length) => length <= 60)).toBe(true);
    expect(lines[1]).toMatch(/^ax+… +- +- +0\.0 +0 +0$/);
    expect(lines[2]).toMatch(/^\\u0007\\u001b\[2J +7 +1 min +1235 +1 +2$/);
    expect(sessionLines({ sessions: [], total: 0, skip: 0 }, 80)).toHaveLength(1);
  });

  it.each([
    [-5_000, '0 s'],
    [59_999, '59 s'],
    [3_600_000, '1 h'],
  ])('say how long ago something was: %i ms', (ms, text) => {
    expect(agoText(ms)).toBe(text);
  });
});

describe('completion', () => {
  it.each(['bash', 'zsh', 'fish'])('for %s knows every command and its flags', async (shell) => {
    const { code, out } = await cli(['completion', shell]);
    expect(code).toBe(0);
    for (const word of [
      'serve',
      'subscribe',
      'sessions',
      'create',
      'verbose',
      'token-file',
      'refusals',
      'fish',
    ])
      expect(out, word).toContain(word);
    // What people mistype is answered, and not offered.
    expect(out).not.toMatch(/--topic|-l topic|-a publish/);
  });

  it('for bash is a script that completes', async () => {
    const { out } = await cli(['completion', 'bash']);
    const complete = (...words: string[]): string[] => {
      const typed = words.map((word) => `'${word}'`).join(' ');
      const script = `${out}\nCOMP_WORDS=(zerospan ${typed}); COMP_CWORD=${words.length}; _zerospan; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const { stdout, stderr, status } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
      expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
      return stdout.split('\n').filter((line) => line !== '');
    };
    expect(complete('se')).toEqual(['serve', 'sessions']);
    expect(complete('sessions', '--sort', '')).toEqual(['lag', 'bytes', 'refusals', 'since']);
    expect(complete('sessions', '--sort', 'lag', '--w')).toEqual(['--watch']);
    expect(complete('token', 'cr')).toEqual(['create']);
    expect(complete('token', 'create', '--subj')).toEqual(['--subject']);
    expect(complete('completion', '')).toEqual(expect.arrayContaining(['bash', 'zsh', 'fish']));
    expect(complete('put', '--token-file', 'x')).toEqual([]);
  });

  it('rejects another shell', async () => {
    const { code, talk } = await cli(['completion', 'tcsh']);
    expect([code, talk]).toEqual([2, expect.stringContaining('bash, zsh, fish')]);
  });
});
