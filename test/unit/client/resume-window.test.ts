import type { Gap } from '@zerospan/client';
import { describe, expect, it } from 'vitest';
import { FakeServer, settle } from '../../support/client-socket.ts';
import { type FakeClient, TestBus } from '../../support/core.ts';
import { ALL, set, TestGate } from '../../support/grants.ts';

const WINDOW_MS = 10_000;

/** A real client and the real core; what the server says is handed over frame by frame. */
class Line {
  readonly gate = new TestGate().knows('token', 'carl', { subscribe: ALL, history: set('other') });
  readonly core = new TestBus({ gate: this.gate, bounds: { resumeWindowMs: WINDOW_MS } });
  readonly server = new FakeServer();
  readonly bus = this.server.bus({ token: () => 'token' });
  #peer: FakeClient | undefined;
  #heard = 0;
  #said = 0;

  async connect(): Promise<void> {
    await settle();
    this.#peer = this.core.connect();
    [this.#heard, this.#said] = [0, 0];
    this.server.socket.opens();
  }

  /** @param most how many frames of the server arrive */
  async flow(most = Number.POSITIVE_INFINITY): Promise<void> {
    for (let moved = true; moved; ) {
      moved = false;
      const { socket } = this.server;
      for (const message of socket.messages.slice(this.#said)) this.#peer?.say(message);
      this.#said = socket.messages.length;
      await this.core.settle();
      for (const text of this.texts.slice(this.#heard, most)) {
        socket.frame(text);
        this.#heard += 1;
        moved = true;
      }
      await settle();
    }
  }

  get texts(): string[] {
    return this.#peer?.link.texts ?? [];
  }

  async cut(): Promise<void> {
    this.server.socket.drops();
    this.#peer?.conversation.closed();
    this.server.clock.advance(1_000);
    await settle();
  }
}

/**
 * Away for longer than the window, and cut off again after so many frames.
 * @param second whether there is a subscription that stands higher, so that the other is replayed up to it
 */
async function story(second: boolean, frames: number) {
  const line = new Line();
  const room = line.bus.subscribe('room');
  const gaps: Gap[] = [];
  room.on('gap', (gap) => gaps.push(gap));
  await line.connect();
  await line.flow();
  for (const channel of ['room', 'noise', 'noise', 'noise']) await line.core.put(channel);
  const other = second ? line.bus.subscribe('other') : undefined;
  await line.flow();
  await line.cut();
  for (const channel of ['room', 'other']) await line.core.put(channel);
  line.core.clock.advance(1.1 * WINDOW_MS);
  for (const channel of ['room', 'other']) await line.core.put(channel);
  await line.connect();
  await line.flow(frames);
  const count = line.texts.length;
  await line.cut();
  await line.connect();
  await line.flow();
  await line.core.put('room');
  await line.flow();
  const given = (subscriber: typeof room | undefined): number[] => {
    const offsets: number[] = [];
    for (let next = subscriber?.get(); next; next = subscriber?.get()) offsets.push(next.offset);
    return offsets;
  };
  return { room: given(room), other: given(other), gaps, count };
}

describe('a client that comes back from before the resume window', () => {
  it.each([
    [false, 4],
    [true, 7],
  ])(
    'receives what it may not have as a gap, once, wherever it is cut off again: loss is never silent (W7, G4); two positions: %s',
    async (second, least) => {
      const { count } = await story(second, Number.POSITIVE_INFINITY);
      expect(count).toBeGreaterThanOrEqual(least);
      for (let frames = 0; frames <= count; frames++) {
        const { room, other, gaps } = await story(second, frames);
        expect([frames, room, other]).toEqual([frames, [1, 7, 9], second ? [6, 8] : []]);
        expect([frames, gaps.map(({ reason, from, to }) => [reason, from, to])]).toEqual([
          frames,
          [['retention', 2, 6]],
        ]);
      }
    },
  );
});
