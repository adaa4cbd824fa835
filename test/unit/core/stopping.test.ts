import { afterEach, describe, expect, it, vi } from 'vitest';
import { TestBus } from '../../support/core.ts';

const room = { id: 1, channels: ['room'] };

/** A bus with three clients, each of whose links takes 11 ms for everything: as long as thousands would take. */
async function slowBus() {
  const bus = new TestBus();
  const clients = await Promise.all([1, 2, 3].map(() => bus.join([room])));
  let nowMs = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
  const done: string[] = [];
  for (const { link } of clients) {
    const say = link.say.bind(link);
    const close = link.close.bind(link);
    link.say = (message) => {
      nowMs += 11;
      done.push('told');
      say(message);
    };
    link.close = (code) => {
      nowMs += 11;
      done.push('closed');
      close(code);
    };
  }
  return { bus, done };
}

describe('a bus that stops', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('has its clients reconnect as many in a turn of the event loop as a few ms allow (D1)', async () => {
    const { bus, done } = await slowBus();
    const drained = bus.hub.drain();
    expect(done).toEqual(['told']);
    await bus.turn();
    expect(done).toEqual(['told', 'told']);
    await bus.settle();
    await drained;
    expect(done).toEqual(['told', 'told', 'told']);
  });

  it('closes them in the same way', async () => {
    const { bus, done } = await slowBus();
    const stopped = bus.hub.stop();
    expect(done).toEqual(['closed']);
    await bus.settle();
    await stopped;
    expect(done).toEqual(['closed', 'closed', 'closed']);
  });
});
