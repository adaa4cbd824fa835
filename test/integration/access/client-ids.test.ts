import { Writable } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { serverLog } from '../../../cli/src/commands/serve.ts';
import type { Terminal } from '../../../cli/src/terminal/terminal.ts';
import { Bus } from '../../../client/src/bus.ts';
import { testServer } from '../../support/server.ts';
import { until } from '../../support/until.ts';

const SECRET_ID = 'ThE-ClIeNt-Id-5f1e77c0';

/** Forms in which it would be shown by somebody who does not mean to. */
const FORMS = [
  SECRET_ID,
  encodeURIComponent(SECRET_ID),
  Buffer.from(SECRET_ID).toString('hex'),
  Buffer.from(SECRET_ID).toString('base64url').slice(0, -2),
];

/** Everything that the server has written to a client that knows nothing of the id. */
const ROUTES = [
  'metrics',
  'about',
  'openapi.json',
  'health/ready',
  'v1/status',
  'v1/settings',
  'v1/sessions',
  'v1/sessions/SESSION',
  'v1/sessions/nobody',
  'v1/channels',
  'v1/channels/room',
  'v1/history?all',
  'v1/explain?offset=POSITION&client=SESSION',
  'v1/explain?offset=POSITION&client=REF',
  'v1/explain?offset=POSITION&client=nobody',
];

describe('a client id (H10)', () => {
  it('is in no answer, no message to others and no line of the log', async () => {
    let lines = '';
    const stderr = new Writable({
      write(chunk, _encoding, done) {
        lines += String(chunk);
        done();
      },
    });
    const log = serverLog({
      stderr: Object.assign(stderr, { isTTY: false }),
      env: {},
    } as unknown as Terminal);
    const server = await testServer({}, log);
    const shown: string[] = [];
    const greet = async (more: object): Promise<WebSocket> => {
      const socket = new WebSocket(server.ws, 'zerospan.v1');
      onTestFinished(() => socket.terminate());
      let welcome = '';
      socket.on('message', (data: Buffer) => (welcome ||= data.toString()));
      socket.on('open', () =>
        socket.send(
          JSON.stringify({ hello: { protocol: 'zerospan.v1', client: SECRET_ID, acks: true, ...more } }),
        ),
      );
      await until('an answer', () => welcome !== '' || socket.readyState === socket.CLOSED);
      shown.push(welcome);
      return socket;
    };
    const subscriptions = [{ id: 1, channels: ['room'] }];
    const first = await greet({ subscriptions, connection: 1 });
    const panel = new Bus(server.ws);
    onTestFinished(() => panel.close());
    const ask = () => panel.put('room', 1, { confirm: { timeoutMs: 300, who: true } });
    const receipt = await ask();
    const [named] = receipt.channels[0]?.who?.unanswered ?? [];
    const { session = '', ref = '' } = named?.session ?? {};
    const position = `${receipt.epoch}_${receipt.channels[0]?.offset}`;
    const read = async (): Promise<void> => {
      for (const route of ROUTES) {
        const path = route.replace('SESSION', session).replace('REF', ref).replace('POSITION', position);
        const answer = await fetch(new URL(path, server.url));
        shown.push(await answer.text(), JSON.stringify([...answer.headers]));
      }
    };
    await read();
    // Taken over by a newer connection of the same client; then it does what is refused, and is lost.
    const second = await greet({ subscriptions, connection: 2 });
    await until('the end of the older', () => first.readyState === first.CLOSED);
    for (const text of ['nonsense', '{"subscribe":{"id":1}}', `{"put":{"id":1,"channels":["$x"]}}\n1`])
      second.send(text);
    await greet({ name: '\u0000' });
    second.terminate();
    await until(
      'the loss',
      async () => (await (await fetch(new URL('v1/sessions', server.url))).json()).total === 1,
    );
    await read();
    const last = await ask();
    expect(last.channels[0]?.who?.absent.map((one) => one.ref)).toEqual([ref]);
    shown.push(JSON.stringify([receipt, last]), lines);
    expect(shown.join('\n')).toContain(ref);
    expect(FORMS.filter((form) => shown.join('\n').includes(form))).toEqual([]);
  });
});
