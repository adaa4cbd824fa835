import { describe, expectTypeOf, it } from 'vitest';
import type { Bus } from '../../../client/src/bus.ts';
import type { AnyChannels, MessageTo } from '../../../client/src/channel-map.ts';
import type { Poll } from '../../../client/src/poll/poll.ts';
import type { Subscriber } from '../../../client/src/subscriptions/subscriber.ts';
import type { View } from '../../../client/src/view/view.ts';
import { FakeServer } from '../../support/client-socket.ts';

interface Vote {
  choice: 'yes' | 'no';
}

interface Channels {
  room1: string;
  [vote: `vote.${string}`]: Vote;
}

// Nothing runs here but the compiler: `npm run check:types` is what fails.
describe('a map of channels', () => {
  const bus: Bus<Channels> = new FakeServer().bus<Channels>();

  it('gives a subscriber the messages of the channels that its filters reach', () => {
    expectTypeOf(bus.subscribe('room1')).toEqualTypeOf<Subscriber<string>>();
    expectTypeOf(bus.subscribe('vote.1')).toEqualTypeOf<Subscriber<Vote>>();
    expectTypeOf(bus.subscribe({ prefix: 'vote.' })).toEqualTypeOf<Subscriber<Vote>>();
    expectTypeOf(bus.subscribe({ prefix: 'vote.room' })).toEqualTypeOf<Subscriber<Vote>>();
    expectTypeOf(bus.subscribe(['room1', 'vote.1'])).toEqualTypeOf<Subscriber<string | Vote>>();
    expectTypeOf(bus.subscribe('')).toEqualTypeOf<Subscriber<string | Vote>>();
    expectTypeOf(bus.subscribe({ prefix: 'other' })).toEqualTypeOf<Subscriber<unknown>>();
    // @ts-expect-error a channel that the map does not know
    bus.subscribe('room2');
  });

  it('lets only that be put which is good on every channel named', () => {
    const put = bus.put.bind(bus) as typeof bus.put;
    void (() => [
      put('room1', 'text'),
      put('vote.1', { choice: 'no' }),
      put(['vote.1', 'vote.2'], { choice: 'no' }),
      // @ts-expect-error not a vote
      put('vote.1', 'no'),
      // @ts-expect-error a vote is no text
      put(['room1', 'vote.1'], { choice: 'no' }),
      // @ts-expect-error a channel that the map does not know
      put('room2', 'text'),
    ]);
  });

  it('gives a view and a poll the messages of their channels', () => {
    const view = bus.view.bind(bus) as typeof bus.view;
    const poll = bus.poll.bind(bus) as typeof bus.poll;
    expectTypeOf(() => view({ prefix: 'vote.' })).returns.toEqualTypeOf<View<Vote>>();
    expectTypeOf(() => view('')).returns.toEqualTypeOf<View<string | Vote>>();
    expectTypeOf(() => poll(['vote.1', 'vote.2'], { choice: 'no' })).returns.toEqualTypeOf<Poll<Vote>>();
    void (() => [
      poll('vote.1', { choice: 'no' }, { isAnswer: ({ message }) => message.choice === 'yes' }),
      // @ts-expect-error not a vote
      poll('vote.1', 'no'),
      // @ts-expect-error a channel that the map does not know
      poll('room2', 'text'),
      // @ts-expect-error a channel that the map does not know
      view('room2'),
    ]);
  });

  it('is not needed: any channel, unknown messages', () => {
    const any: Bus = new FakeServer().bus();
    expectTypeOf(any.subscribe(['a', { prefix: 'b' }])).toEqualTypeOf<Subscriber<unknown>>();
    expectTypeOf(() => any.view('a')).returns.toEqualTypeOf<View<unknown>>();
    expectTypeOf(() => any.poll(['a'], 1)).returns.toEqualTypeOf<Poll<unknown>>();
    expectTypeOf<MessageTo<AnyChannels, 'a'>>().toEqualTypeOf<unknown>();
  });
});
