import { describe, expect, it } from 'vitest';
import { Refs } from '../../../server/src/core/access/refs.ts';
import { Requester } from '../../../server/src/core/access/requester.ts';
import { TestBus } from '../../support/core.ts';
import { grants, TestGate } from '../../support/grants.ts';

const refs = new Refs();

function requesterOf(subject: string | undefined, client: string, session = 's1', name?: string): Requester {
  const visitor = { session, client, address: '192.0.2.1' };
  return new Requester({ subject, grants: grants(), expiresMs: undefined }, visitor, 'user', name);
}

describe('what a client is called where others see it (H10)', () => {
  it('is the same over its sessions, and another for another client, subject or server', () => {
    const ref = refs.of(requesterOf('alice', 'client-1', 's1'));
    expect(ref).toMatch(/^[0-9a-f]{16}$/);
    expect(refs.of(requesterOf('alice', 'client-1', 's2', 'a name'))).toBe(ref);
    const others = [
      refs.of(requesterOf('alice', 'client-2')),
      refs.of(requesterOf('bob', 'client-1')),
      refs.of(requesterOf(undefined, 'client-1')),
      new Refs().of(requesterOf('alice', 'client-1')),
    ];
    expect(new Set([ref, ...others]).size).toBe(5);
  });

  it('is of one session where the client has no id', () => {
    const [one, two] = ['s1', 's2'].map((session) => refs.of(requesterOf('alice', '', session)));
    expect(refs.of(requesterOf('alice', '', 's1'))).toBe(one);
    expect(two).not.toBe(one);
  });

  it('names the subject and what the client calls itself, and nothing where there is none', () => {
    const alice = requesterOf('alice', 'client-1', 's1', 'Lobby');
    const nobody = requesterOf(undefined, 'client-1', 's2');
    expect(refs.named(alice)).toEqual({
      session: 's1',
      ref: refs.of(alice),
      subject: 'alice',
      name: 'Lobby',
    });
    expect(refs.named(nobody)).toEqual({ session: 's2', ref: refs.of(nobody) });
  });

  it('stays over reconnects, and says nothing of the client id', async () => {
    const gate = new TestGate().knows('token', 'alice');
    const bus = new TestBus({ gate });
    const named = async (more: object) => {
      const client = await bus.join([], { token: 'token', client: 'the-secret-id', ...more });
      const [connection] = [...bus.hub.connections.all].slice(-1);
      const { requester } = connection?.session ?? {};
      return { client, named: requester && bus.hub.refs.named(requester) };
    };
    const first = await named({ name: 'Lobby' });
    first.client.conversation.closed();
    const second = await named({});
    expect(first.named).toEqual({
      session: 'session-1',
      ref: second.named?.ref,
      subject: 'alice',
      name: 'Lobby',
    });
    expect(second.named).not.toHaveProperty('name');
    expect(JSON.stringify([first.named, second.named])).not.toContain('the-secret-id');
  });
});
