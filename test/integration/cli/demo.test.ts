import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningServer } from '../../../server/src/compose.ts';
import { anyServer, cli, Session } from '../../support/terminal.ts';
import { until } from '../../support/until.ts';
import { freePort } from '../../support/zeromq.ts';

let server: RunningServer;
let here: string[];

beforeAll(async () => {
  server = await anyServer();
  here = ['--url', server.ws];
});

afterAll(() => server.stop());

describe('demo', () => {
  it('brings every vote to the group, the one through ZeroMQ too, on a server of its own', async () => {
    const { code, out } = await cli(['demo', '--rounds', '2', '--pace-ms', '100']);
    expect(code).toBe(0);
    expect(out).toMatch(/Watch it in a browser: http:\/\/127\.0\.0\.1:\d+\//);
    expect(out.match(/through ZeroMQ/g)).toHaveLength(2);
    expect(out.match(/ {2}bot \d+/g)).toHaveLength(24);
    expect(out.match(/It is (yes|no|a draw): \d+ yes, \d+ no\./g)).toHaveLength(2);
  });

  it('uses a running server with --url', async () => {
    const audience = new Session(['subscribe', ...here, 'demo.group', '--json', '--count', '13']);
    await until('the subscription', () => audience.talk.includes('subscribed at'));
    const args = [
      '--rounds',
      '1',
      '--pace-ms',
      '50',
      '--bus-address',
      server.busAddress,
      '--bus-ingress',
      server.busIngress as string,
    ];
    const { code, out, talk } = await cli(['demo', ...here, ...args]);
    expect({ code, talk }).toEqual({ code: 0, talk: '' });
    expect(out).toContain(`Watch it in a browser: ${server.url}`);
    const { out: results } = await audience.result();
    expect(JSON.parse(results.trimEnd().split('\n').at(-1) as string).message).toMatchObject({
      waiting: 0,
      final: true,
    });
  });

  it('goes on without the ZeroMQ bot where it cannot be reached, and says so', async () => {
    const nowhere = `tcp://127.0.0.1:${await freePort()}`;
    const { code, out, talk } = await cli([
      'demo',
      ...here,
      '--rounds',
      '1',
      '--pace-ms',
      '10',
      '--bus-address',
      nowhere,
      '--bus-ingress',
      nowhere,
    ]);
    expect(code).toBe(0);
    expect(talk).toContain("name the server's with --bus-address and --bus-ingress");
    expect(out).toContain('1 did not vote');
  });

  it('ends when it is interrupted, and its server with it', async () => {
    const session = new Session(['demo', '--rounds', '0']);
    await until('a vote', () => session.out.includes('bot'));
    session.interrupt();
    expect(await session.ended).toBe(0);
    const url = /http:\S+/.exec(session.out)?.[0] as string;
    await expect(fetch(url)).rejects.toThrow();
  });
});
