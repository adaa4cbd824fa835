import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningServer } from '../../../server/src/compose.ts';
import { readSettings } from '../../../server/src/settings/read.ts';
import { Kept, testBus } from '../../support/buses.ts';
import { findNatsServer, NatsServer } from '../../support/jetstream/nats-server.ts';
import { available } from '../../support/required.ts';
import { openServer, testServer } from '../../support/server.ts';
import { until } from '../../support/until.ts';

const path = findNatsServer();

describe.runIf(available('nats-server', path))('servers with one log on JetStream', () => {
  let nats: NatsServer;

  beforeAll(async () => {
    nats = await NatsServer.start(path as string);
  });
  afterAll(() => nats.stop());

  const settingsOf = (stream: string) => {
    const { settings } = readSettings({ env: { ZEROSPAN_LOG_KIND: 'jetstream' } });
    return { log: settings.log, nats: { ...settings.nats, servers: [nats.address], stream } };
  };
  const put = async (
    server: RunningServer,
    value: unknown,
    key?: string,
  ): Promise<Record<string, unknown>> => {
    const answer = await fetch(`${server.url}v1/put?channel=a`, {
      method: 'POST',
      body: JSON.stringify(value),
      headers: key === undefined ? {} : { 'Idempotency-Key': key },
    });
    expect(answer.status).toBe(200);
    return (await answer.json()) as Record<string, unknown>;
  };
  const history = async (server: RunningServer): Promise<unknown[]> => {
    const lines = (await (await fetch(`${server.url}v1/history?channel=a`)).text()).split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line).message);
  };

  it('are one bus: what is put to one is read from the others, in one order', async () => {
    const servers = await Promise.all([testServer(settingsOf('one')), testServer(settingsOf('one'))]);
    const [first, second] = servers as [RunningServer, RunningServer];
    expect(first.epoch).toBe(second.epoch);
    await Promise.all([put(first, 1), put(second, 2), put(first, 3), put(second, 4)]);
    await until('all at both', async () => {
      const all = await Promise.all(servers.map(history));
      return all.every(({ length }) => length === 4) && String(all[0]) === String(all[1]);
    });
  });

  it('append a put once that comes to two of them', async () => {
    const servers = await Promise.all([testServer(settingsOf('twice')), testServer(settingsOf('twice'))]);
    const [first, second] = servers as [RunningServer, RunningServer];
    const places = [await put(first, 'x', 'key'), await put(second, 'x', 'key')];
    expect(places[0]?.offsets).toEqual(places[1]?.offsets);
    await put(first, 'y');
    await until('both', async () => String(await history(second)) === 'x,y');
  });

  it('go on in the same epoch when one starts again, with all that was there', async () => {
    const before = await openServer(settingsOf('again'));
    const { epoch } = before;
    await put(before, 1);
    await before.stop();
    const after = await testServer(settingsOf('again'));
    expect(after.epoch).toBe(epoch);
    expect(await history(after)).toEqual([1]);
    const metrics = await (await fetch(`${after.url}metrics`)).text();
    expect(metrics).toMatch(/^zerospan_log_stream_packs_total 0$/m);
  });

  it('report to clients what the stream lacks: once, live and resuming on another server', async () => {
    const first = await openServer(settingsOf('lacking'));
    const [bus, late] = [testBus(first.ws), testBus(first.ws)];
    const [kept, resumed] = [new Kept(bus.subscribe('a')), new Kept(late.subscribe('a'))];
    await put(first, 1);
    await Promise.all([kept.got(1), resumed.got(1)]);
    const port = Number(new URL(first.url).port);
    const other = await testServer(settingsOf('lacking'));
    const connection = await connect({ servers: nats.address });
    await connection.request('lacking.pack.x', 'no pack');
    await put(other, 2);
    await kept.got(2);
    const gap = { reason: 'upstream', missed: null };
    expect(kept.all).toMatchObject([{ message: 1 }, gap, { message: 2 }]);
    await first.stop();
    await connection.request('lacking.pack.x', 'no pack either');
    await put(other, 3);
    await connection.close();
    await testServer({ ...settingsOf('lacking'), port });
    await Promise.all([kept.got(3), resumed.got(3)]);
    await put(other, 4);
    await Promise.all([kept.got(4), resumed.got(4)]);
    const all = [{ message: 1 }, gap, { message: 2 }, gap, { message: 3 }, { message: 4 }];
    expect(kept.all).toMatchObject(all);
    expect(resumed.all).toMatchObject(all);
    const young = new Kept(testBus(other.ws).subscribe('a', { replay: { last: 10 } }));
    await young.got(4);
    expect(young.all).toMatchObject(all);
    const metrics = await (await fetch(`${other.url}metrics`)).text();
    expect(metrics).toMatch(/^zerospan_log_stream_losses_total 2$/m);
  });

  it('refuse to start where they cannot use the servers, and say what to do', async () => {
    const { log, nats: settings } = settingsOf('away');
    const away = { log, nats: { ...settings, servers: ['nats://127.0.0.1:1'] } };
    await expect(openServer(away)).rejects.toMatchObject({
      name: 'StartError',
      setting: 'nats.servers',
      message: expect.stringContaining('nats://127.0.0.1:1'),
      remedy: expect.stringContaining('nats-server -js'),
    });
    const large = { log, nats: settings, bus: { maxPayloadBytes: 16 * 1024 * 1024 } };
    await expect(openServer(large)).rejects.toMatchObject({
      setting: 'nats.servers',
      message: expect.stringContaining('max_payload'),
    });
  });
});
