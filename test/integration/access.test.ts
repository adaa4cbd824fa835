import { once } from 'node:events';
import { CLOSE } from '@zerospan/shared';
import fastify from 'fastify';
import { describe, expect, it, onTestFinished } from 'vitest';
import WebSocket from 'ws';
import { addBus } from '../../server/src/compose/guarded-bus.ts';
import { readSettings } from '../../server/src/settings/read.ts';
import type { Settings } from '../../server/src/settings/settings.ts';
import { Kept, range, state, testBus } from '../support/buses.ts';
import { ALL, grants, TestGate } from '../support/grants.ts';
import { until } from '../support/until.ts';

/** A real server with a gate of the test's own, and the core behind it. */
async function scene(limits: Partial<Settings['limits']> = {}, stream?: { write(line: string): void }) {
  const gate = new TestGate();
  for (const name of ['alice', 'bob']) gate.knows(name, name, { subscribe: ALL, put: ALL });
  const app = fastify({ logger: stream ? { stream } : false });
  onTestFinished(() => app.close());
  const { settings } = readSettings();
  const address = 'tcp://127.0.0.1:*';
  const chosen = {
    ...settings,
    bus: { ...settings.bus, address, ingress: address },
    limits: { ...settings.limits, ...limits },
  };
  const bus = await addBus(app, chosen, { page: false, gate });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return { gate, hub: bus.hub, url: `${url.replace('http', 'ws')}/bus` };
}

/** A client that keeps no rules but those that it is told to. */
async function raw(url: string, token: string) {
  const ws = new WebSocket(url, 'zerospan.v1');
  onTestFinished(() => ws.terminate());
  const heard: string[] = [];
  let closedWith: number | undefined;
  ws.on('message', (data: Buffer) => heard.push(data.toString()));
  ws.on('close', (code) => {
    closedWith = code;
  });
  await new Promise((resolve) => ws.once('open', resolve));
  ws.send(JSON.stringify({ hello: { protocol: 'zerospan.v1', client: 'raw-client', token } }));
  await until('an answer', () => heard.length > 0);
  return { ws, heard, closedWith: () => closedWith };
}

describe('access, on a real server', () => {
  it('a client that keeps the pace has every put accepted, in order, at that pace (W14)', async () => {
    const { hub, url } = await scene({ putsPerS: 400, putBurst: 200 });
    const bus = testBus(url, { token: () => 'alice' });
    await state(bus, 'live');
    const beganMs = performance.now();
    const results = await Promise.all(range(1, 600).map((n) => bus.put('room', n)));
    expect(performance.now() - beganMs).toBeGreaterThan(900);
    expect(results.map(({ channels }) => channels[0]?.offset)).toEqual(range(1, 600));
    expect(hub.reports.refusals.size).toBe(0);
  });

  it('one that does not keep it is read more slowly, and nothing of it is refused or lost (W14)', async () => {
    const { hub, url } = await scene({ putsPerS: 400, putBurst: 100 });
    const { ws, heard, closedWith } = await raw(url, 'alice');
    const pad = 'x'.repeat(2_000);
    const beganMs = performance.now();
    for (const id of range(1, 500))
      ws.send(`${JSON.stringify({ put: { id, channels: ['room'] } })}\n"${pad}"`);
    await until('all answers', () => heard.length === 501);
    // What came out of one read of the socket may be ahead.
    expect(performance.now() - beganMs).toBeGreaterThan(800);
    expect(heard.slice(1).every((text) => text.startsWith('{"accepted"'))).toBe(true);
    expect(hub.reports.holds).toBeGreaterThan(0);
    expect([hub.log.head, closedWith()]).toEqual([500, undefined]);
  });

  it('revoked access: the bus is closed for good, and nothing arrives a second later (W12)', async () => {
    const { hub, url } = await scene();
    const [alice, bob] = [testBus(url, { token: () => 'alice' }), testBus(url, { token: () => 'bob' })];
    const [hers, his] = [alice.subscribe('room'), bob.subscribe('room')];
    const [kept, others] = [new Kept(hers), new Kept(his)];
    await Promise.all([hers.ready, his.ready]);
    const errors: unknown[] = [];
    alice.on('error', (error) => errors.push(error));
    await bob.put('room', 'before');
    await until('the first', () => kept.publications.length === 1);
    expect(await hub.revoke({ subject: 'alice' })).toBe(1);
    // Nothing is left of her session when the revocation is answered, whenever her client hears of it.
    expect([...hub.connections.all].filter(({ session }) => session !== undefined)).toHaveLength(1);
    await state(alice, 'closed');
    expect(errors).toMatchObject([{ code: 'revoked' }]);
    await bob.put('room', 'after');
    await until('the second', () => others.publications.length === 2);
    expect(kept.messages).toEqual(['before']);
  });

  it('a token that is renewed keeps its connection; without that it ends within five seconds (W9, W11)', async () => {
    const { gate, hub, url } = await scene();
    let made = 0;
    const fresh = (): string => {
      const token = `token-${++made}`;
      gate.tokens.set(token, {
        subject: 'carl',
        grants: grants({ subscribe: ALL }),
        expiresMs: Date.now() + 2_000,
      });
      return token;
    };
    const bus = testBus(url, { token: fresh });
    const states: string[] = [];
    await state(bus, 'live');
    bus.on('state', (each) => states.push(each));
    const endsMs = Date.now() + 2_000;
    const idle = await raw(url, fresh());
    await until('its end', () => idle.closedWith() !== undefined);
    expect(idle.closedWith()).toBe(CLOSE.expired.code);
    expect(idle.heard.at(-1)).toContain('"token-expired"');
    expect(Date.now() - endsMs).toBeLessThan(5_000);
    await until('a second renewal', () => made >= 4);
    expect([bus.state, states, hub.connections.size]).toEqual(['live', [], 1]);
  });

  it('a client that is rejected receives the reason, and does not reconnect (W2)', async () => {
    const { hub, url } = await scene();
    const bus = testBus(url, { token: () => 'forged' });
    const errors: unknown[] = [];
    bus.on('error', (error) => errors.push(error));
    await state(bus, 'closed');
    expect(errors).toMatchObject([{ code: 'unauthorized' }]);
    await until('nobody', () => hub.connections.size === 0);
  });

  it('a gate that fails has its clients come back, and few lines in the log (W2)', async () => {
    const lines: string[] = [];
    const { gate, hub, url } = await scene({}, { write: (line) => void lines.push(line) });
    gate.refuses('carl', new Error('the issuer is away'));
    for (let i = 0; i < 9; i++) {
      const ws = new WebSocket(url, 'zerospan.v1');
      ws.on('open', () =>
        ws.send(JSON.stringify({ hello: { protocol: 'zerospan.v1', client: 'raw-client', token: 'carl' } })),
      );
      const [code] = (await once(ws, 'close')) as [number];
      expect(code).toBe(CLOSE.failed.code);
    }
    const reported = lines.filter((line) => line.includes('the issuer is away'));
    expect([
      reported.length,
      lines.some((line) => line.includes('token-refused')),
      hub.reports.refusals.size,
    ]).toEqual([1, false, 0]);
    // It is back, and so is the client.
    gate.knows('carl', 'carl');
    await state(testBus(url, { token: () => 'carl' }), 'live');
  });
});
