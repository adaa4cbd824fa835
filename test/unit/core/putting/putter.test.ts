import { ZerospanError } from '@zerospan/shared';
import { describe, expect, it, vi } from 'vitest';
import type { Identity } from '../../../../server/src/core/access/gate.ts';
import { namedPutKey } from '../../../../server/src/core/putting/put-key.ts';
import { MemoryLog } from '../../../../server/src/logs/memory/index.ts';
import { TestBus } from '../../../support/core.ts';
import { grants, set } from '../../../support/grants.ts';
import { putterOf, requesterOf } from '../../../support/putting.ts';
import { Random } from '../../../support/random.ts';

function user(subject: string | undefined, put = '*', confirm = true): Identity {
  return { subject, grants: grants({ put: set(put), confirm }), expiresMs: undefined };
}

/** Lets everything come to rest that only waits for promises. */
async function promises(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}

describe('puts without a session', () => {
  it('are appended byte for byte and accepted with their offsets (P1)', async () => {
    const bus = new TestBus();
    const reader = await bus.join([{ id: 1, prefixes: [''] }]);
    const { put, answers } = putterOf(bus);
    put({ channels: ['a', 'b', 'a'], payload: ' { "x" : 1.0 } ' });
    await bus.settle();
    expect(answers.recorded).toMatchObject([
      {
        id: 1,
        accepted: [
          { channel: 'a', offset: 1, sessions: 1 },
          { channel: 'b', offset: 2, sessions: 1 },
        ],
      },
    ]);
    expect(reader.offsets).toEqual([1, 2]);
    expect(reader.link.buffers.map(String).join('')).toContain('a  { "x" : 1.0 } ');
  });

  it('are answered in order over a log that answers in any, what could not be read in its place (P3)', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = new Random(seed);
      const bus = new TestBus({ isLate: true });
      const { put, putter, answers } = putterOf(bus);
      const expected: string[] = [];
      for (let id = 1; id <= 12; id++) {
        const kind = Math.floor(random.next() * 3);
        if (kind === 0) putter.refuse(id, new ZerospanError('bad-message'));
        else put({ id, channels: kind === 1 ? ['room'] : [] });
        expected.push(`${id} ${['bad-message', 'accepted', 'no-channels'][kind]}`);
      }
      for (let moves = 0; moves < 200; moves++) {
        bus.late.move(() => random.next());
        await promises();
      }
      bus.late.prompt();
      await bus.settle();
      expect(answers.story).toEqual(expected);
    }
  });

  it('are rejected without a grant, and reported with who sent them (W3)', async () => {
    const bus = new TestBus();
    const { put, answers } = putterOf(bus, requesterOf(bus, user('alice', 'room', false)));
    put({ channels: ['room', 'other'] });
    put({ confirm: { timeoutMs: 1_000 } });
    put({ channels: ['other'], key: { client: 'x', id: 1, firstSentMs: bus.log.elapsed() } });
    put();
    await bus.settle();
    expect(answers.story).toEqual(['1 forbidden', '2 forbidden', '3 outcome-unknown', '4 accepted']);
    const sender = { session: '', address: '192.0.2.1', subject: 'alice' };
    expect(bus.refused.map(({ fault, sender }) => [fault.code, sender])).toEqual([
      ['forbidden', sender],
      ['forbidden', sender],
      ['outcome-unknown', sender],
    ]);
    expect(bus.hub.reports.refusals.get('forbidden')).toBe(2);
  });

  it.each([
    ['no-payload', { payload: '' }],
    ['bad-payload', { payload: '{' }],
    ['too-deep', { payload: '[[[[[1]]]]]' }],
    ['too-large', { payload: `"${'x'.repeat(1_000)}"` }],
    ['bad-channel', { channels: ['a b'] }],
    ['reserved-channel', { channels: ['$a'] }],
    ['too-many-channels', { channels: ['a', 'b', 'c', 'd'] }],
    ['bad-confirm', { confirm: { timeoutMs: 0 } }],
  ])('are rejected with %s, and nothing of them is appended (P2)', async (code, request) => {
    const bus = new TestBus({ limits: { putChannels: 3, payloadBytes: 500, depth: 4 } });
    const { put, answers } = putterOf(bus);
    put(request);
    await bus.settle();
    expect([answers.story, bus.log.head]).toEqual([[`1 ${code}`], 0]);
  });

  it('are rejected while the server drains, and a log that fails is reported', async () => {
    const bus = new TestBus();
    const { put, answers } = putterOf(bus);
    const broken = new Error('no space left');
    bus.log.append = () => {
      throw broken;
    };
    put();
    await bus.settle();
    bus.hub.puts.drain();
    put();
    await bus.settle();
    expect(answers.story).toEqual(['1 log-failed', '2 draining']);
    expect(bus.failures).toEqual([broken]);
  });

  it('are rejected by a log that says it cannot just now, which is no failure for each of them', async () => {
    const bus = new TestBus();
    const { put, answers } = putterOf(bus);
    bus.log.append = () => {
      throw new ZerospanError('log-failed', 'The disk of the log is full.');
    };
    put();
    put();
    await bus.settle();
    expect(answers.story).toEqual(['1 log-failed', '2 log-failed']);
    expect(bus.failures).toEqual([]);
  });
});

describe('the key of a put', () => {
  it('by name answers the put again, and rejects another under it (P9, P10)', async () => {
    const bus = new TestBus();
    const requester = requesterOf(bus, user('alice'));
    const key = namedPutKey(requester, 'order 7');
    for (let i = 0; i < 3; i++) {
      const { put, answers } = putterOf(bus, requester);
      put({ key });
      put({ key, payload: '"y"' });
      await bus.settle();
      expect([answers.offsets, answers.story]).toEqual([[1], ['1 accepted', '2 put-conflict']]);
    }
    expect(bus.log.head).toBe(1);
  });

  it('by name counts within its subject; without one all clients share it', async () => {
    const bus = new TestBus();
    const alice = requesterOf(bus, user('alice'));
    const bob = requesterOf(bus, user('bob'));
    const nobody = requesterOf(bus, user(undefined));
    const elsewhere = requesterOf(bus, user(undefined), '192.0.2.2');
    const offsets: number[] = [];
    for (const requester of [alice, bob, nobody, elsewhere, alice]) {
      const { put, answers } = putterOf(bus, requester);
      put({ key: namedPutKey(requester, 'one') });
      await bus.settle();
      offsets.push(...answers.offsets);
    }
    expect(offsets).toEqual([1, 2, 3, 3, 1]);
  });

  it('left out makes each put one of its own, each with its own receipt', async () => {
    const bus = new TestBus();
    const client = await bus.join([{ id: 1, channels: ['room'] }], { acks: true });
    const { put, answers } = putterOf(bus);
    for (let i = 0; i < 2; i++) put({ confirm: { timeoutMs: 1_000 } });
    await bus.settle();
    client.say({ ack: { offset: 1, bytes: 0 } });
    await bus.settle();
    expect(answers.story).toEqual(['1 accepted', '2 accepted', '1 confirmed']);
    bus.clock.advance(1_000);
    await bus.settle();
    expect(answers.recorded.slice(2)).toMatchObject([
      { id: 1, confirmed: [{ offset: 1, confirmed: 1, unanswered: 0 }] },
      { id: 2, confirmed: [{ offset: 2, confirmed: 0, unanswered: 1 }] },
    ]);
    // Nobody can ask for them again.
    expect([bus.hub.receipts.pending, bus.hub.receipts.kept]).toEqual([0, 0]);
  });
});

describe('a put that is accepted as its log becomes another one', () => {
  it('is answered with the epoch that its offsets are of', async () => {
    const bus = new TestBus({ isLate: true });
    const { put, answers } = putterOf(bus);
    const accepted = vi.spyOn(answers, 'accepted');
    put();
    bus.late.appendNext();
    bus.late.answerNext();
    bus.late.restart(
      new MemoryLog({ clock: bus.clock, bytes: 1e6, lastBytes: 0, ageMs: 0, epoch: 'epoch-2' }),
    );
    await bus.settle();
    expect(bus.hub.log.epoch).toBe('epoch-2');
    expect(accepted.mock.lastCall?.slice(2)).toEqual([[expect.objectContaining({ offset: 1 })], 'epoch-1']);
  });
});

describe('who got a put', () => {
  it('is reported while later puts of its source still wait for the log (P11)', async () => {
    const bus = new TestBus({ isLate: true });
    const { put, answers } = putterOf(bus);
    put({ confirm: { timeoutMs: 1_000 } });
    await promises();
    bus.late.appendNext();
    bus.late.answerNext();
    put();
    await promises();
    expect(answers.story).toEqual(['1 accepted', '1 confirmed']);
  });
});

describe('the source of puts', () => {
  it('is held while its user puts too fast, over requests too; nothing is rejected (W14)', async () => {
    const bus = new TestBus({ bounds: { putsPerS: 10, putBurst: 10 } });
    const first = putterOf(bus);
    for (let i = 0; i < 25; i++) first.put();
    await promises();
    expect([first.body.isHeld, first.answers.offsets.length]).toEqual([true, 11]);
    first.source.end();
    const other = putterOf(bus, requesterOf(bus, user(undefined), '192.0.2.2'));
    const next = putterOf(bus);
    next.put();
    other.put();
    await promises();
    expect([next.body.isHeld, next.answers.recorded, other.answers.story]).toEqual([
      true,
      [],
      ['1 accepted'],
    ]);
    bus.clock.advance(100);
    await promises();
    // And held anew for what that took.
    expect([next.body.isHeld, next.answers.story]).toEqual([true, ['1 accepted']]);
    bus.clock.advance(100);
    expect(next.body.isHeld).toBe(false);
  });

  it('is held until the bytes of the log are there; what waits when it ends is never appended (W16)', async () => {
    const bus = new TestBus({
      bounds: { putBytesPerS: 1_000, putBurstBytes: 1_000 },
      limits: { putBytes: 1_000 },
    });
    const payload = `"${'x'.repeat(700)}"`;
    const { put, body, source, answers } = putterOf(bus);
    put({ payload });
    put({ payload });
    put({ channels: [] });
    await promises();
    expect([body.isHeld, answers.story]).toEqual([true, ['1 accepted']]);
    bus.clock.advance(1_000);
    await promises();
    expect([body.isHeld, answers.story]).toEqual([false, ['1 accepted', '2 accepted', '3 no-channels']]);
    put({ payload });
    source.end();
    bus.clock.advance(10_000);
    await promises();
    expect([bus.log.head, answers.recorded.length, bus.clock.pending]).toEqual([
      2,
      3,
      new TestBus().clock.pending,
    ]);
  });

  it('may wait for `limits.confirms` receipts at a time (P11)', async () => {
    const bus = new TestBus({ limits: { confirms: 1 } });
    await bus.join([{ id: 1, channels: ['room'] }], { acks: true });
    const { put, answers } = putterOf(bus);
    for (let i = 0; i < 2; i++) put({ confirm: { timeoutMs: 1_000 } });
    await bus.settle();
    bus.clock.advance(1_000);
    await bus.settle();
    put({ confirm: { timeoutMs: 1_000 } });
    await bus.settle();
    expect(answers.story).toEqual(['1 accepted', '2 too-many-confirms', '1 confirmed', '3 accepted']);
  });
});
