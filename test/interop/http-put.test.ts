import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findPython, PythonProgram } from '../support/python.ts';
import { available } from '../support/required.ts';
import { testServer } from '../support/server.ts';
import { until } from '../support/until.ts';

const python = findPython();
const hasPython = available('a python3 that can import zmq', python);

/** JSON that parsing and writing again would change, and how Python shows its bytes. */
const PAYLOADS: readonly (readonly [payload: string, shown: string])[] = [
  ['{"a" :  1.0, "a":2}', '{"a" :  1.0, "a":2}'],
  ['12345678901234567890', '12345678901234567890'],
  ['"\\u00e4/\\/"', '"\\\\u00e4/\\\\/"'],
  ['"ä€"', '"\\xc3\\xa4\\xe2\\x82\\xac"'],
  [' [ ] ', ' [ ] '],
];

describe.runIf(hasPython)('what is put over HTTP', () => {
  it('reaches a Python SUB byte for byte, by a request of its own and as a line', async () => {
    const server = await testServer();
    const subscriber = new PythonProgram(
      python as string,
      fileURLToPath(new URL('raw_subscriber.py', import.meta.url)),
      [server.busAddress, 'room', 'probe'],
    );
    onTestFinished(() => subscriber.stop());
    const put = (channel: string, body: string, headers: Record<string, string> = {}) =>
      fetch(new URL(`v1/put?channel=${channel}`, server.url), { method: 'POST', body, headers });
    await until('the subscriber', async () => {
      await put('probe', '0');
      return subscriber.lines.length > 0;
    });
    for (const [payload] of PAYLOADS) {
      const { status } = await put('room', payload, { 'content-type': 'application/octet-stream' });
      expect(status).toBe(200);
    }
    const body = PAYLOADS.map(([payload]) => `{"channels":["rooms"],"message":${payload.trim()}}\n`).join('');
    const answer = await fetch(new URL('v1/puts', server.url), { method: 'POST', body });
    expect((await answer.text()).match(/"accepted"/g)).toHaveLength(PAYLOADS.length);
    const frames = () => subscriber.lines.filter((line) => !line.includes('probe'));
    await until('all of them', () => frames().length === 2 * PAYLOADS.length);
    expect(frames()).toEqual([
      ...PAYLOADS.map(([, shown]) => `[b'room ${shown}']`),
      ...PAYLOADS.map(([, shown]) => `[b'rooms ${shown.trim()}']`),
    ]);
  });
});
