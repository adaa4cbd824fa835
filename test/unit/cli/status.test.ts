import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { statusLines } from '../../../cli/src/commands/observing/status-text.ts';
import { durationText } from '../../../cli/src/commands/observing/texts.ts';
import type { RunningServer } from '../../../server/src/compose.ts';
import { TestGate } from '../../support/grants.ts';
import { openServer } from '../../support/server.ts';
import { anyServer, cli, Session } from '../../support/terminal.ts';
import { until } from '../../support/until.ts';
import { freePort } from '../../support/zeromq.ts';

let server: RunningServer;
let keyed: RunningServer;

beforeAll(async () => {
  server = await anyServer();
  const gate = new TestGate().knows('observer', 'ada', { observe: true }).knows('nobody', 'bob');
  keyed = await openServer({}, { gate });
}, 20_000);

afterAll(() => Promise.all([server.stop(), keyed.stop()]));

describe('status', () => {
  it('writes a line for each subject', async () => {
    await cli(['put', '--url', server.ws, 'room', '1']);
    const { code, out, talk } = await cli(['status', '--url', server.url]);
    expect({ code, talk }).toEqual({ code: 0, talk: '' });
    expect(out).toMatch(/^Server {6}Zerospan \S+, up .*, ready$/m);
    expect(out).toMatch(/^Log {9}memory, reachable: 1 entry, /m);
    expect(out).toMatch(/^Away {8}a client misses nothing for \d+ min/m);
    expect(out).toMatch(/^Gaps {8}none$/m);
  });

  it('with --json writes what the server answers as a line', async () => {
    const { code, out } = await cli(['status', '--url', server.ws, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ log: { epoch: server.epoch }, sessions: { live: 0 } });
    expect(out.trimEnd()).not.toContain('\n');
  });

  it('with --watch writes again and again until it is interrupted', async () => {
    const session = new Session(['status', '--url', server.ws, '--watch', '--json']);
    await until('two answers', () => session.lines.length >= 2);
    session.interrupt();
    expect((await session.result()).code).toBe(0);
  });

  it('brings a token, and says what is missing', async () => {
    const ask = (token?: string) =>
      cli(
        ['status', '--url', keyed.ws, '--json'],
        token === undefined ? {} : { env: { ZEROSPAN_TOKEN: token } },
      );
    expect((await ask('observer')).code).toBe(0);
    const none = await ask();
    expect([none.code, none.talk]).toEqual([69, expect.stringContaining('requires a token')]);
    const wrong = await ask('other');
    expect([wrong.code, wrong.talk]).toEqual([69, expect.stringContaining('rejects this token')]);
    const forbidden = await ask('nobody');
    expect([forbidden.code, forbidden.talk]).toEqual([1, expect.stringContaining('observe')]);
  });

  it('says when there is no server', async () => {
    const { code, talk } = await cli(['status', '--url', `127.0.0.1:${await freePort()}`]);
    expect([code, talk]).toEqual([69, expect.stringMatching(/ECONNREFUSED[\s\S]*zerospan serve/)]);
  });
});

describe('the text of a state', () => {
  it.each([
    [0, '0 s'],
    [580_000, '9 min 40 s'],
    [3_600_000, '1 h'],
    [90_061_000, '1 d 1 h'],
    [3_605_000, '1 h'],
  ])('says %i ms as %s', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });

  it('shows lost messages, limits that are near, and no control characters', async () => {
    const { out } = await cli(['status', '--url', server.ws, '--json']);
    const lines = statusLines({
      ...JSON.parse(out),
      waiting: ['log-full'],
      notes: ['careful\u001B[2J'],
      gaps: { retention: 2, lag: 0 },
      limits: [
        { setting: 'limits.connections', used: 79, most: 100 },
        { setting: 'limits.channels', used: 80, most: 100 },
      ],
    }).join('\n');
    expect(lines).toContain('not ready: log-full');
    expect(lines).toContain('Gaps        retention 2\n');
    expect(lines).toContain('limits.channels: 80 of 100');
    expect(lines).not.toContain('limits.connections');
    expect(lines).not.toContain('\u001B');
  });
});
