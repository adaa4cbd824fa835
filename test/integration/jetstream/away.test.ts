import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunningServer } from '../../../server/src/compose.ts';
import { readSettings } from '../../../server/src/settings/read.ts';
import { Kept, state, testBus } from '../../support/buses.ts';
import { findNatsServer, NatsServer } from '../../support/jetstream/nats-server.ts';
import { available } from '../../support/required.ts';
import { testServer } from '../../support/server.ts';
import { until } from '../../support/until.ts';

const path = findNatsServer();

describe.runIf(available('nats-server', path))('a node whose NATS server stands still', () => {
  let nats: NatsServer;

  beforeEach(async () => {
    nats = await NatsServer.start(path as string);
  });
  afterEach(async () => {
    nats.signal('SIGCONT');
    await nats.stop();
  });

  const node = (): Promise<RunningServer> => {
    const { settings } = readSettings({ env: { ZEROSPAN_LOG_KIND: 'jetstream' } });
    return testServer({ log: settings.log, nats: { ...settings.nats, servers: [nats.address] } });
  };
  const health = async (server: RunningServer, what: string): Promise<unknown[]> => {
    const answer = await fetch(`${server.url}health/${what}`);
    return [answer.status, await answer.json()];
  };

  it('says so to its clients and to readiness, and not to liveness; puts wait, and all goes on (B6, B7)', async ({
    annotate,
  }) => {
    const server = await node();
    const [bus, other] = [testBus(server.ws), testBus(server.ws)];
    const kept = new Kept(other.subscribe('a'));
    await Promise.all([bus.ready, other.ready]);
    await bus.put('a', 1);
    await kept.got(1);
    expect(await health(server, 'ready')).toEqual([200, { ready: true }]);
    nats.signal('SIGSTOP');
    const stoppedMs = performance.now();
    await Promise.all([state(bus, 'stale'), state(other, 'stale')]);
    // That it takes less than three seconds, the test with the clock of a test says.
    await annotate(`stale after ${Math.round(performance.now() - stoppedMs)} ms`);
    expect(await health(server, 'ready')).toEqual([503, { ready: false, waiting: ['log-away'] }]);
    expect(await health(server, 'live')).toEqual([200, { live: true }]);
    let answer: unknown;
    const put = bus.put('a', 2).then((result) => {
      answer = result;
    });
    // One that comes now learns of it behind its welcome.
    const late = testBus(server.ws);
    await state(late, 'stale');
    expect(answer).toBeUndefined();
    nats.signal('SIGCONT');
    await put;
    await Promise.all([state(bus, 'live'), state(other, 'live'), state(late, 'live')]);
    await kept.got(2);
    expect([kept.messages, kept.gaps]).toEqual([[1, 2], []]);
    await until('readiness', async () => (await health(server, 'ready'))[0] === 200);
  });
});
