import { holds, same } from './check.ts';
import type { Received } from './raw.ts';
import { type Case, conforms } from './scene.ts';

/** How far above the window one write may go. */
const ONE_WRITE = 128 * 1024;

const PAYLOAD = JSON.stringify('x'.repeat(50_000));

export const ackCases: readonly Case[] = [
  conforms(
    'who said that it acks is sent no more than the window, and all of the rest as it acks, without a gap (A3, A4, C9)',
    async (scene) => {
      const [a, fence] = [scene.name('a'), scene.name('fence')];
      const { client, welcome } = await scene.greeted([{ id: 1, channels: [a] }], { acks: true });
      await client.control('subscribed');
      const { client: putter } = await scene.greeted();
      const other = await scene.joined({ id: 1, channels: [a] });
      const { windowBytes } = welcome.limits;
      const total = Math.ceil((3 * windowBytes) / PAYLOAD.length);
      const offsets: number[] = [];
      for (let i = 0; i < total; i++) {
        const { channels } = await putter.put(a, PAYLOAD);
        offsets.push(...channels.map(({ offset }) => offset));
      }
      same((await other.publications(total)).length, total, 'what one gets that does not ack');
      // Answers are no publications: no window holds them up.
      await client.put(fence);
      holds(
        client.payloadLength <= windowBytes + ONE_WRITE,
        `no more than the window: ${client.payloadLength}`,
      );
      const received: Received[] = [];
      let bytes = 0;
      while (received.length < total) {
        const next = await client.publication();
        received.push(next);
        bytes += next.payload.length;
        client.say({ ack: { offset: next.offset, bytes } });
        holds(client.payloadLength <= bytes + windowBytes + ONE_WRITE, 'never more than the window ahead');
      }
      same(
        received.map(({ offset }) => offset),
        offsets,
        'what comes',
      );
      holds(!client.story.includes('gap'), 'there is no gap');
    },
  ),

  conforms('an ack of a client that did not announce acks is ignored (A4)', async (scene) => {
    const client = await scene.joined({ id: 1, channels: [scene.name('a')] });
    for (let i = 0; i < 20; i++) client.say({ ack: { offset: i, bytes: 0 } });
    await client.put(scene.name('a'));
    await client.publication();
    same(client.story.includes('error'), false, 'an error');
  }),

  conforms(
    'a bus acks as its application reads: four windows of messages come to a slow one and to a fast one (A1, A2)',
    async (scene) => {
      const bus = scene.bus();
      const queue = { whenFull: 'wait' } as const;
      const [slow, fast] = [
        bus.subscribe(scene.name('a'), { queue }),
        bus.subscribe(scene.name('a'), { queue }),
      ];
      await Promise.all([slow.ready, fast.ready]);
      const putter = scene.bus();
      const total = 100;
      const puts = Array.from({ length: total }, (_, i) =>
        putter.put(scene.name('a'), String(i).padEnd(45_000)),
      );
      const numbers = Array.from({ length: total }, (_, i) => i);
      // The slow one begins when all have been put: until then nothing of it is acknowledged.
      await Promise.all(puts);
      const read = async (subscriber: typeof slow) => {
        const taken: number[] = [];
        while (taken.length < total) {
          const next = await subscriber.get({ block: true, timeoutMs: 8_000 });
          taken.push(Number(next?.message));
        }
        return taken;
      };
      same(await Promise.all([read(slow), read(fast)]), [numbers, numbers], 'what comes');
    },
  ),
];
