import { connect } from 'node:net';
import { Bus } from '@zerospan/client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fileWith, makeKey, testFolder } from '../support/keys.ts';
import { type TestSettings, testServer } from '../support/server.ts';
import { until } from '../support/until.ts';

/**
 * The first version of ZeroMQ's protocol has no handshake: an empty identity, then a frame with its length and flags
 * before it.
 */
function zmtp1(text: string): Buffer {
  return Buffer.concat([Buffer.of(1, 0, text.length + 1, 0), Buffer.from(text)]);
}

async function speaksZmtp1(bus: TestSettings['bus'] = {}) {
  const server = await testServer({ bus });
  const client = new Bus(server.ws);
  onTestFinished(() => client.close({ timeoutMs: 0 }));
  const there = client.subscribe('');
  await there.ready;
  const { hostname, port } = new URL((server.busIngress as string).replace('tcp:', 'http:'));
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.resume();
  socket.write(zmtp1('room1 1'));
  return { server, there, closed };
}

describe('a peer of a protocol too old for CURVE', () => {
  it('is heard where no key is asked for', async () => {
    const { there } = await speaksZmtp1();
    await until('its message', () => there.get());
  });

  it('is cut off, counted and not heard where one is', async () => {
    const folder = testFolder();
    const { file } = await makeKey(folder, 'key');
    const { server, there, closed } = await speaksZmtp1({
      curveKey: file,
      curveClients: fileWith(folder, 'clients', ''),
    });
    await closed;
    const metrics = await (await fetch(`${server.url}metrics`)).text();
    expect(metrics).toContain(`zerospan_zeromq_strangers_total{address="${server.busIngress}"} 1\n`);
    expect(metrics).toContain('zerospan_zeromq_received_total{leg="ingress"} 0\n');
    expect(there.get()).toBeUndefined();
  });
});
