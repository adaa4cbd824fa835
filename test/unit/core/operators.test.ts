import { STATS_CHANNEL } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import { allowAll, type Identity } from '../../../server/src/core/access/gate.ts';
import { TestApi } from '../../support/api.ts';
import { type FakeClient, TestBus } from '../../support/core.ts';
import { ALL, TestGate } from '../../support/grants.ts';

const VISITOR = { session: 's1', client: 'client-1', address: '' };

/** What came of a subscription: its end, with the code and the reason, or nothing. */
function refusals(client: FakeClient): string[] {
  return client.control('refused').map(({ code, reason }) => `${code}: ${reason}`);
}

describe('where nobody judges tokens', () => {
  it('names, statistics and the state are for this machine, and revoking is for nobody (W17, W18)', () => {
    const [local, other, unknown] = [{ isLocal: true }, { isLocal: false }, {}].map(
      (where) => allowAll.admit(undefined, { ...VISITOR, ...where }) as Identity,
    );
    const rights = { confirm: 'names', observe: true, metrics: true, admin: false };
    expect(local?.grants).toMatchObject({ ...rights, subscribe: ALL, put: ALL });
    expect(other?.grants).toMatchObject({ confirm: true, admin: false, subscribe: ALL, put: ALL });
    expect(other?.grants.observe || other?.grants.metrics).toBeFalsy();
    expect(unknown).toBe(other);
  });
});

describe('the channel of statistics', () => {
  const reaching = [
    { channels: [STATS_CHANNEL] },
    { prefixes: ['$'] },
    { prefixes: ['$zerospan.'] },
    { channels: ['a', STATS_CHANNEL], prefixes: ['b'] },
  ];

  it('is for this machine alone without keys, by each filter that reaches it (W18)', async () => {
    const bus = new TestBus();
    const subscriptions = reaching.map((filters, i) => ({ id: i + 1, ...filters }));
    const stranger = await bus.join(subscriptions);
    const refused = refusals(stranger);
    expect(refused).toHaveLength(reaching.length);
    for (const each of refused)
      expect(each).toMatch(/^forbidden: The filters reach \$zerospan\.stats.*own machine/);
    stranger.say({ subscribe: { id: 9, prefixes: ['$zerospan'], replay: { last: 1 } } });
    expect(refusals(stranger)).toHaveLength(reaching.length + 1);
    bus.isLocal = true;
    expect(refusals(await bus.join(subscriptions))).toEqual([]);
  });

  it('is no part of all channels, and leaves other names of the server alone (W18, N6)', async () => {
    const client = await new TestBus().join([
      { id: 1, prefixes: [''] },
      { id: 2, channels: ['$other'], prefixes: ['$o', '$zerospan.other'] },
    ]);
    expect(refusals(client)).toEqual([]);
  });

  it('needs observe or admin beside the grant to subscribe, which auth may bring and take (W10, W18)', async () => {
    const gate = new TestGate()
      .knows('reader', 'ann', { subscribe: ALL })
      .knows('observer', 'ann', { subscribe: ALL, observe: true })
      .knows('admin', 'ann', { subscribe: ALL, admin: true })
      .knows('only', 'ann', { observe: true });
    const bus = new TestBus({ gate });
    const subscription = { id: 1, prefixes: ['$'] };
    const join = async (token: string) => refusals(await bus.join([subscription], { token }));
    expect(await join('reader')).toEqual([
      'forbidden: The filters reach $zerospan.stats, which is for operators. The token does not grant observe.',
    ]);
    expect(await join('observer')).toEqual([]);
    expect(await join('admin')).toEqual([]);
    expect(await join('only')).toEqual(['forbidden: No grant to subscribe to all that begins with "$".']);
    const client = await bus.join([subscription], { token: 'observer' });
    client.say({ auth: { token: 'reader' } });
    await bus.settle();
    expect(refusals(client)).toHaveLength(1);
    client.say({ auth: { token: 'observer' } });
    await bus.settle();
    client.say({ subscribe: { id: 2, channels: [STATS_CHANNEL] } });
    expect(client.control('subscribed')).toMatchObject([{ id: 1 }, { id: 2 }]);
  });

  it('is the same for what it held, over HTTP (W18)', async () => {
    const api = await TestApi.over(new TestBus());
    const url = `/v1/history?channel=${encodeURIComponent(STATS_CHANNEL)}`;
    expect((await api.ask({ url })).statusCode).toBe(200);
    api.isLocal = false;
    expect((await api.ask({ url })).json()).toMatchObject({ status: 403, code: 'forbidden' });
  });
});
