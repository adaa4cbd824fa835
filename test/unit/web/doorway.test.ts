import { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import { SecurityEvents } from '../../../server/src/security-events.ts';
import { Doorway } from '../../../server/src/web/entry/doorway.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const turns = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await new Promise(setImmediate);
};

/** A doorway at which clients knock, and what becomes of each: `open`, or the code of its refusal. */
function scene(limits: { connections: number; connectionsPerAddress: number; handshakesPerS: number }) {
  const clock = new ManualClock();
  const events = new SecurityEvents({ warn: () => {} }, clock);
  const doorway = new Doorway(limits, clock, events, 'flag');
  const outcomes: (string | number)[] = [];
  const knock = async (ip = '192.0.2.1'): Promise<Socket> => {
    const socket = new Socket();
    const reply = {
      header: () => reply,
      code: (status: number) => {
        outcomes.push(status);
        return reply;
      },
      send: () => reply,
    };
    const routeOptions = { config: {} };
    const request = { ip, raw: { socket }, ws: false, routeOptions } as unknown as FastifyRequest;
    doorway.enter(request, reply as unknown as FastifyReply, () => outcomes.push('open'));
    await turns();
    return socket;
  };
  return { clock, outcomes, knock };
}

describe('a handshake', () => {
  it.each([
    ['in all', { connections: 1, connectionsPerAddress: 0 }, 503],
    ['of its address', { connections: 10, connectionsPerAddress: 1 }, 429],
  ])('that finds no place %s takes no turn from those that would find one', async (_, limits, status) => {
    const { outcomes, knock } = scene({ ...limits, handshakesPerS: 1 });
    const first = await knock();
    for (let i = 0; i < 20; i++) await knock();
    expect(outcomes).toEqual(['open', ...Array<number>(20).fill(status)]);
    // Four are admitted at once: three are left, however many were refused.
    const left = new Promise((resolve) => first.once('close', resolve));
    first.destroy();
    await left;
    await knock();
    expect(outcomes.at(-1)).toBe('open');
  });

  it('is admitted once, or rejected, and never both', async () => {
    const { clock, outcomes, knock } = scene({ connections: 1, connectionsPerAddress: 0, handshakesPerS: 1 });
    for (let i = 0; i < 5; i++) await knock();
    clock.advance(10_000);
    await turns();
    expect(outcomes).toEqual(['open', 503, 503, 503, 503]);
  });

  it('is admitted where a place is free, in its turn', async () => {
    const { clock, outcomes, knock } = scene({
      connections: 10,
      connectionsPerAddress: 0,
      handshakesPerS: 1,
    });
    for (let i = 0; i < 5; i++) await knock();
    expect(outcomes).toEqual(['open', 'open', 'open', 'open']);
    clock.advance(1_000);
    await turns();
    expect(outcomes).toHaveLength(5);
  });
});
