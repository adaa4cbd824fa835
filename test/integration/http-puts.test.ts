import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import type { RunningServer } from '../../server/src/compose.ts';
import { testBus } from '../support/buses.ts';
import { testServer } from '../support/server.ts';
import { until } from '../support/until.ts';

interface Answer {
  readonly line?: number;
  readonly accepted?: { readonly channels: readonly { readonly offset: number }[] };
  readonly problem?: { readonly code: string };
}

function post({ url }: RunningServer, headers: Record<string, string> = {}): ClientRequest {
  return request(new URL('v1/puts', url), { method: 'POST', headers });
}

async function responseOf(puts: ClientRequest): Promise<IncomingMessage> {
  const [response] = (await once(puts, 'response')) as [IncomingMessage];
  return response;
}

const line = (message: unknown) => `${JSON.stringify({ channels: ['a'], message })}\n`;

describe('POST /v1/puts', () => {
  it('answers a line while the request goes on', async () => {
    const server = await testServer();
    const puts = post(server);
    puts.write(line(1));
    const response = await responseOf(puts);
    expect([response.statusCode, response.headers['content-type']]).toEqual([200, 'application/x-ndjson']);
    const answers: Answer[] = [];
    createInterface(response).on('line', (text) => answers.push(JSON.parse(text) as Answer));
    await until('the first answer', () => answers.length === 1);
    puts.write(line(2));
    await until('the second answer', () => answers.length === 2);
    puts.end();
    await once(response, 'end');
    expect(answers.map(({ line: number, accepted }) => [number, accepted?.channels[0]?.offset])).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });

  it('takes longer than a whole request may, as long as something comes', async () => {
    const server = await testServer({ limits: { headersMs: 1_000, bodyMs: 1_500 } });
    const puts = post(server);
    const answers: Answer[] = [];
    puts.write(line(0));
    createInterface(await responseOf(puts)).on('line', (text) => answers.push(JSON.parse(text) as Answer));
    const beganMs = performance.now();
    // Node would end it after two and a half seconds.
    for (let sent = 1; performance.now() - beganMs < 4_500; sent++) {
      puts.write(line(sent));
      await until('its answer', () => answers.length === sent + 1);
      // The pace of a slow sender, far below the time-out that is tested.
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(answers.every(({ accepted }) => accepted !== undefined)).toBe(true);
    // And ends when nothing does.
    const closed = once(puts, 'close');
    await until('the time-out', () => answers.at(-1)?.problem?.code === 'request-timeout');
    await closed;
  });

  it('carries 100,000 lines in order, bad ones among them', {
    timeout: 120_000,
  }, async () => {
    const LINES = 100_000;
    const server = await testServer();
    const puts = post(server);
    const response = responseOf(puts);
    let expected = 0;
    let bad = 0;
    const read = (async () => {
      for await (const text of createInterface(await response)) {
        const { line: number, problem } = JSON.parse(text) as Answer;
        expect(number).toBe(++expected);
        if (problem) bad++;
      }
    })();
    for (let i = 1; i <= LINES; i++) {
      const goesOn = puts.write(i % 1_000 === 0 ? '{"channels":\n' : line(i));
      if (!goesOn) await once(puts, 'drain');
    }
    puts.end();
    await read;
    expect([expected, bad]).toEqual([LINES, LINES / 1_000]);
    const accepted = await testBus(server.ws).put('a', 'last');
    expect(accepted.channels[0]?.offset).toBe(LINES - LINES / 1_000 + 1);
  });

  it('is not read while its answers are not', async () => {
    const server = await testServer();
    const puts = post(server);
    puts.write(line(0));
    const response = await responseOf(puts);
    response.pause();
    // It fills what the system, Node and the server hold of it, and is not taken any more.
    const head = async (): Promise<number> => {
      const metrics = await (await fetch(new URL('metrics', server.url))).text();
      return Number(/^zerospan_head_offset (\d+)$/m.exec(metrics)?.[1]);
    };
    let isFull = false;
    let written = 0;
    const text = line('x'.repeat(20)).repeat(1_000);
    while (!isFull && written < 500) {
      written++;
      isFull = !puts.write(text);
      // Nothing drains it: what is waited for is that nothing happens.
      if (isFull) isFull = !(await Promise.race([once(puts, 'drain'), quiet(head)]));
    }
    expect(isFull).toBe(true);
    const before = await head();
    expect(before).toBeLessThan(written * 1_000);
    response.resume();
    puts.end();
    await once(response, 'end');
    expect(await head()).toBe(written * 1_000 + 1);
  });

  it('ends when the server stops, behind the answers to what was accepted', async () => {
    const server = await testServer();
    const puts = post(server);
    puts.write(line(1));
    const answers: Answer[] = [];
    const response = await responseOf(puts);
    createInterface(response).on('line', (text) => answers.push(JSON.parse(text) as Answer));
    response.on('error', () => {});
    puts.on('error', () => {});
    await until('its answer', () => answers.length === 1);
    const closed = once(puts, 'close');
    await server.stop();
    await closed;
    expect(answers[0]?.accepted).toBeDefined();
    for (const { problem } of answers.slice(1)) expect(problem?.code).toBe('draining');
  });

  it.each([
    ['of a page of another origin', { Origin: 'https://evil.example' }, 403, 'origin-refused'],
    ['that is compressed', { 'Content-Encoding': 'gzip' }, 415, 'bad-encoding'],
  ])('a body %s is refused, and nothing is appended', async (_what, headers, status, code) => {
    const server = await testServer();
    const puts = post(server, headers);
    puts.on('error', () => {});
    puts.end(line(1));
    const response = await responseOf(puts);
    let text = '';
    for await (const chunk of response) text += String(chunk);
    expect([response.statusCode, (JSON.parse(text) as { code: string }).code]).toEqual([status, code]);
    expect((await testBus(server.ws).put('a', 1)).channels[0]?.offset).toBe(1);
  });
});

/** Resolves to undefined once a number has been the same ten times in a row. */
async function quiet(number: () => Promise<number>): Promise<undefined> {
  let last = -1;
  for (let same = 0; same < 10; ) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    const now = await number();
    same = now === last ? same + 1 : 0;
    last = now;
  }
  return undefined;
}
