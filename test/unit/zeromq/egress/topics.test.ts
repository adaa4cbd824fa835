import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { TOPICS_MAX, Topics } from '../../../../server/src/zeromq/egress/topics.ts';

const topicsOf = (...names: string[]) => {
  const topics = new Topics();
  for (const name of names) topics.add(Buffer.from(name).toString('latin1'));
  return topics;
};

describe('what native subscribers subscribe to', () => {
  it('is counted by byte prefix of the channel and its space', () => {
    const topics = topicsOf('room1', 'room1 ', 'room', '', 'room10', 'other');
    expect(topics.subscriptionsTo('room1')).toBe(4);
    expect(topics.subscriptionsTo('room10')).toBe(4);
    expect(topics.subscriptionsTo('x')).toBe(1);
  });

  it('is counted for each peer that holds a topic', () => {
    const topics = topicsOf('room1', 'room1', 'room1');
    expect(topics.subscriptionsTo('room1')).toBe(3);
    topics.remove('room1');
    expect(topics.subscriptionsTo('room1')).toBe(2);
    topics.remove('room1');
    topics.remove('room1');
    expect(topics.subscriptionsTo('room1')).toBe(0);
    expect(topics.size).toBe(0);
  });

  it('is compared in bytes, so that a topic may end within a character', () => {
    const topics = new Topics();
    topics.add(Buffer.from('ü').subarray(0, 1).toString('latin1'));
    expect(topics.subscriptionsTo('über')).toBe(1);
    expect(topics.subscriptionsTo('uber')).toBe(0);
    expect(topicsOf('über').subscriptionsTo('über')).toBe(1);
  });

  it('never goes below nothing when a topic that nobody holds is given up', () => {
    const topics = topicsOf('room1');
    topics.remove('room2');
    topics.remove('room');
    expect(topics.subscriptionsTo('room1')).toBe(1);
  });

  it('does not take a topic that reaches beyond every channel for one that lets a channel through', () => {
    const topics = topicsOf('x'.repeat(257), 'x'.repeat(255));
    expect(topics.size).toBe(2);
    expect(topics.subscriptionsTo('x'.repeat(255))).toBe(1);
    topics.remove('x'.repeat(257));
    expect(topics.subscriptionsTo('x'.repeat(255))).toBe(1);
  });

  it('takes bytes for each distinct topic, which are free again when nobody holds it', () => {
    const topics = topicsOf('room1', 'room1', 'x'.repeat(1_000));
    expect(topics.bytes).toBe(5 + 1_000 + 2 * 16);
    topics.remove('room1');
    topics.remove('x'.repeat(1_000));
    expect(topics.bytes).toBe(5 + 16);
    topics.remove('room1');
    topics.remove('room1');
    expect(topics.bytes).toBe(0);
  });

  it(`counts ${TOPICS_MAX} topics and no more`, () => {
    const topics = new Topics();
    for (let i = 0; i <= TOPICS_MAX; i++) topics.add(`t${i}`);
    expect(topics.size).toBe(TOPICS_MAX);
  });

  it('were held once anybody has subscribed, also to what no channel begins with', () => {
    expect(new Topics().wereHeld).toBe(false);
    expect(topicsOf('room1').wereHeld).toBe(true);
    expect(topicsOf('x'.repeat(257))).toMatchObject({ size: 1, wereHeld: true });
  });

  it('stay so whatever is unsubscribed: a peer may give up what it never held', () => {
    const topics = topicsOf('room1');
    topics.remove('never');
    topics.remove('room1');
    topics.remove('room1');
    expect(topics).toMatchObject({ size: 0, wereHeld: true });
  });

  it('are none before the first subscription, whatever is unsubscribed', () => {
    const topics = new Topics();
    topics.remove('never');
    expect(topics.wereHeld).toBe(false);
  });

  const topic = fc.string({ unit: fc.constantFrom('a', 'b', 'ü', ' '), maxLength: 5 });
  test.prop([
    fc.array(fc.tuple(fc.boolean(), topic)),
    fc.string({ unit: fc.constantFrom('a', 'b', 'ü'), minLength: 1, maxLength: 5 }),
  ])('is what a scan over all held topics finds', (changes, channel) => {
    const topics = new Topics();
    const held: string[] = [];
    for (const [add, name] of changes) {
      const latin1 = Buffer.from(name).toString('latin1');
      if (add) {
        topics.add(latin1);
        held.push(name);
      } else {
        topics.remove(latin1);
        const at = held.indexOf(name);
        if (at >= 0) held.splice(at, 1);
      }
    }
    expect(topics.subscriptionsTo(channel)).toBe(
      held.filter((name) => `${channel} `.startsWith(name)).length,
    );
  });
});
