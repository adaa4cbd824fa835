import { describe, expect, it } from 'vitest';
import { Origins } from '../../../../server/src/zeromq/bridge/origins.ts';
import { RelayReader } from '../../../../server/src/zeromq/bridge/relay-reader.ts';
import { encodeHeader, encodePublication } from '../../../../server/src/zeromq/bridge/wire.ts';

function reader(take?: () => 'unsure') {
  const story: string[] = [];
  const relay = new RelayReader({
    origins: take ? { take } : new Origins('me'),
    guard: { hear: (payload) => (String(payload) === 'bad' ? 'unreadable' : 'own') },
    standing: ({ kind, place }) => story.push(`${kind} ${place}`),
    fresh: (frame, { bridge, number }) => story.push(`${String(frame)} of ${bridge} ${number}`),
    unsure: (frame) => story.push(`unsure ${String(frame)}`),
  });
  return { relay, story };
}

const frame = Buffer.from('a 1');

describe('what bridges sent', () => {
  it('is handed on once, by whatever way it comes, and its places are followed on each way', () => {
    const { relay, story } = reader();
    relay.take([encodePublication('b', 1, 'x 7'), frame]);
    relay.take([encodePublication('c', 4, 'x 7'), frame]);
    relay.take([encodePublication('c', 5, 'me 2'), frame]);
    expect(story).toEqual(['publication 1', 'a 1 of x 7', 'publication 4', 'publication 5']);
    expect(relay.duplicates).toBe(2);
  });

  it('is not taken where nobody knows whether it was, and that is said', () => {
    const { relay, story } = reader(() => 'unsure');
    relay.take([encodePublication('b', 1, 'x 7'), frame]);
    expect(story).toEqual(['publication 1', 'unsure a 1']);
  });

  it('is no message of a bridge where a part lacks, or is too many', () => {
    const { relay, story } = reader();
    const state = encodeHeader({ kind: 'state', sender: 'b', place: 1 });
    const announcement = encodeHeader({ kind: 'announcement' });
    expect(relay.take([state])).toBe(true);
    expect(relay.take([announcement, Buffer.from('{}')])).toBe(true);
    for (const parts of [
      [],
      [state, frame],
      [announcement],
      [announcement, Buffer.from('bad')],
      [encodePublication('b', 1, 'x 7')],
      [encodePublication('b', 1, 'x')],
      [encodePublication('b', 1, 'x 7'), frame, frame],
      [announcement, Buffer.from('{}'), frame],
    ])
      expect(relay.take(parts)).toBe(false);
    expect(story).toEqual(['state 1']);
  });
});
