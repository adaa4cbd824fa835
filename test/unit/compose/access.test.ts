import { describe, expect, it } from 'vitest';
import { blindness, unlessBlind } from '../../../server/src/compose/access.ts';
import { TestBus } from '../../support/core.ts';
import { ALL, TestGate } from '../../support/grants.ts';

describe('a gate of a node that cannot hear revocations', () => {
  it('admits nobody, and lets clients come back', async () => {
    const gate = new TestGate().knows('a', 'ada', { subscribe: ALL });
    let isBlind = false;
    const bus = new TestBus({ gate: unlessBlind(gate, () => isBlind) });
    const client = await bus.join([], { token: 'a' });
    expect(client.control('welcome')).toHaveLength(1);
    isBlind = true;
    const other = await bus.join([], { token: 'a' });
    expect([other.control('welcome').length, other.link.closedWith]).toEqual([0, 4_004]);
    isBlind = false;
    expect((await bus.join([], { token: 'a' })).control('welcome')).toHaveLength(1);
  });

  it('admits nobody about whom it was asked before', async () => {
    const gate = new TestGate().knows('a', 'ada', { subscribe: ALL });
    let isBlind = false;
    const bus = new TestBus({ gate: unlessBlind(gate, () => isBlind) });
    gate.waits = true;
    const client = await bus.join([], { token: 'a' });
    isBlind = true;
    gate.answer();
    await bus.settle();
    expect([client.control('welcome').length, client.link.closedWith]).toEqual([0, 4_004]);
  });

  it('closes whom it has admitted by name, and nobody else', async () => {
    const gate = new TestGate().knows('a', 'ada', { subscribe: ALL }).knows('any', undefined);
    const bus = new TestBus({ gate });
    const [named, any] = [await bus.join([], { token: 'a' }), await bus.join([], { token: 'any' })];
    await bus.hub.connections.rejectAdmitted(blindness());
    await bus.settle();
    expect([named.link.closedWith, any.link.closedWith]).toEqual([4_004, undefined]);
    expect(bus.failures).toHaveLength(1);
  });
});
