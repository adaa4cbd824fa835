import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningServer } from '../../../server/src/compose.ts';
import { readSettings } from '../../../server/src/settings/read.ts';
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
