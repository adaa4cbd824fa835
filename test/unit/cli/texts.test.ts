import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { banner } from '../../../cli/src/commands/serve.ts';
import { busUrl } from '../../../cli/src/connection/connect.ts';
import { BOTS, CHOICES, tallyOf, voteIn } from '../../../cli/src/demo/story.ts';
import { Failure } from '../../../cli/src/terminal/failure.ts';
import type { Terminal } from '../../../cli/src/terminal/terminal.ts';
import { compact, printable } from '../../../cli/src/terminal/terminal.ts';

describe('compact JSON', () => {
  it('keeps every digit and every escape, and white space within strings', () => {
    expect(compact(' {\n"a" : 12345678901234567890 ,"b": " \\" x\\\\" , "c":"\\u00fc ü"}\t')).toBe(
      '{"a":12345678901234567890,"b":" \\" x\\\\","c":"\\u00fc ü"}',
    );
  });

  test.prop([fc.json(), fc.constantFrom(1, '\t', 2)])('is the same value on one line', (json, indent) => {
    const value: unknown = JSON.parse(json);
    expect(compact(JSON.stringify(value, null, indent))).toBe(JSON.stringify(value));
  });
});

describe('printable text', () => {
  it('has no control characters, which could move the cursor', () => {
    expect(printable('"a\u007f\u009b31mb ü"')).toBe('"a\\u007f\\u009b31mb ü"');
  });
});

describe('the address of a server', () => {
  it.each([
    ['ws://127.0.0.1:8080/bus', 'ws://127.0.0.1:8080/bus'],
    ['http://127.0.0.1:8080/', 'ws://127.0.0.1:8080/bus'],
    ['https://example.org', 'wss://example.org/bus'],
    ['https://example.org/live/bus', 'wss://example.org/live/bus'],
    ['localhost:8081', 'ws://localhost:8081/bus'],
    ['example.org', 'ws://example.org/bus'],
    ['[::1]:8080', 'ws://[::1]:8080/bus'],
  ])('may be written as %s', (text, url) => {
    expect(busUrl(text)).toBe(url);
  });

  it.each(['', 'ftp://x', 'tcp://127.0.0.1:5555', 'a b', 'host:port', '/bus', '--json'])(
    'is refused as %j',
    (text) => {
      expect(() => busUrl(text)).toThrow(Failure);
    },
  );
});

describe('what serve prints', () => {
  const server = {
    url: 'http://127.0.0.1:8080/',
    ws: 'ws://127.0.0.1:8080/bus',
    busAddress: 'tcp://127.0.0.1:5555',
    busIngress: 'tcp://127.0.0.1:5556',
    busSources: [],
    epoch: 'e',
    log: { kind: 'memory', directory: null, entries: 0, oldestTime: null },
    requiresToken: false,
    addresses: ['127.0.0.1:8080'],
    reload: undefined,
    stop: async () => undefined,
  };
  const terminal = { stdout: {}, env: {} } as Terminal;

  it('names all addresses, aligned, and a line to try', () => {
    expect(banner(server, terminal).split('\n')).toEqual([
      'Zerospan is ready.',
      '',
      '  Page        http://127.0.0.1:8080/',
      '  WebSocket   ws://127.0.0.1:8080/bus',
      '  ZeroMQ out  tcp://127.0.0.1:5555     SUB sockets connect here',
      '  ZeroMQ in   tcp://127.0.0.1:5556     PUB sockets connect here',
      '  Log         in memory                a restart begins a new one',
      '',
      `  Try  npx zerospan put room1 '"hello"'`,
    ]);
  });

  it('names sources, a turned off ingress, and the server where it is not at its usual place', () => {
    const text = banner(
      { ...server, ws: 'ws://127.0.0.1:9/bus', busIngress: null, busSources: ['tcp://10.0.0.1:1'] },
      terminal,
    );
    expect(text).toMatch(/ZeroMQ in {3}none +turned off/);
    expect(text).toMatch(/ZeroMQ in {3}tcp:\/\/10\.0\.0\.1:1 +connected to/);
    expect(text).toContain('put --url ws://127.0.0.1:9/bus room1');
  });

  it('says where a log on disk is, how much is in it, and how far back', () => {
    const at = (directory: string, entries: number, oldestTime: number | null) =>
      banner({ ...server, log: { kind: 'disk', directory, entries, oldestTime } }, terminal).split('\n')[6];
    const today = new Date().setHours(14, 2, 0, 0);
    expect(at('.zerospan', 12_345, today)).toBe(
      '  Log         .zerospan                12,345 entries, back to 14:02',
    );
    expect(at('/srv/log', 1, new Date(2025, 0, 31, 9, 5).getTime())).toMatch(
      /\/srv\/log +1 entry, back to 2025-01-31 09:05$/,
    );
    expect(at('.zerospan', 0, null)).toMatch(/\.zerospan +nothing in it yet$/);
  });

  it('names the file of a token, and how to make one, where every client needs one', () => {
    expect(
      banner({ ...server, requiresToken: true }, terminal)
        .split('\n')
        .slice(8),
    ).toEqual([
      `  Try  npx zerospan put room1 '"hello"' --token-file FILE`,
      '       Every client needs a token. Create one, in a file that only you may read, by',
      '       (umask 077; npx zerospan token create --subject alice --put room1 --key KEYFILE > FILE)',
    ]);
  });
});

describe('the ballot of the demo', () => {
  const asked = { id: 'a', question: '?', options: CHOICES };

  it.each([
    [8, 0, false, false],
    [8, 0, true, true],
    [8, BOTS - 8, false, true],
  ])(
    'is final when all have voted, or when nobody may any more: %i yes, %i no, over: %s',
    (yes, no, isOver, final) => {
      const poll = {
        tally: () =>
          new Map([
            ['yes', yes],
            ['no', no],
          ]),
      };
      const waiting = BOTS - yes - no;
      expect(tallyOf(poll, asked, isOver)).toEqual({ question: '?', yes, no, waiting, final });
    },
  );

  it.each([null, 5, 'yes', {}, { choice: 'yes', id: 'b' }, { choice: 'yes' }, asked])(
    'takes no vote on another question, and nothing that is no vote: %j',
    (message) => {
      expect(voteIn(message, asked)).toBeUndefined();
    },
  );
});
