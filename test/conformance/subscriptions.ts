import { holds, same } from './check.ts';
import type { RawClient, Received } from './raw.ts';
import { type Case, conforms, type Scene } from './scene.ts';

const channelsOf = (received: readonly Received[]): string[] => received.map(({ channel }) => channel);

/**
 * Puts once on each channel, from another client, and answers which of them come to this one: all in one put, then one
 * on a channel of a subscription of its own, after which nothing of them can follow.
 */
async function heard(scene: Scene, client: RawClient, names: readonly string[]): Promise<string[]> {
  const end = scene.name(`end${Math.random()}`);
  client.say({ subscribe: { id: 1_000_000, channels: [end] } });
  await client.control('subscribed');
  const { client: putter } = await scene.greeted();
  await putter.put(names);
  await putter.put(end);
  const received = channelsOf(await client.publicationsTo(end));
  client.say({ unsubscribe: { id: 1_000_000 } });
  await client.control('unsubscribed');
  return received;
}

export const subscriptionCases: readonly Case[] = [
  conforms(
    'a channel is heard exactly, a prefix by its beginning, and the empty prefix hears all (N5, N6)',
    async (scene) => {
      const names = ['room1', 'room10', 'room', 'Room1', 'xroom1'].map((name) => scene.name(name));
      const exact = await scene.joined({ id: 1, channels: [scene.name('room1')] });
      same(await heard(scene, exact, names), [names[0]], 'exactly');
      const prefix = await scene.joined({ id: 1, prefixes: [scene.name('room1')] });
      same(await heard(scene, prefix, names), [names[0], names[1]], 'by prefix');
      const all = await scene.joined({ id: 1, prefixes: [''] });
      const received = await heard(scene, all, names);
      // Others may use the server too.
      same(
        received.filter((channel) => channel.startsWith(scene.prefix)),
        names,
        'all',
      );
    },
  ),

  conforms(
    'names are literal: *, ., /, #, __proto__, and nothing is folded or normalised (N3)',
    async (scene) => {
      const names = [
        '*',
        '*weird',
        'a.*',
        '/',
        '#',
        '>',
        '__proto__',
        'constructor',
        'Ünï',
        'é',
        'e\u0301',
        '%41',
      ];
      const all = names.map((name) => scene.name(name));
      for (const name of all) {
        const client = await scene.joined({ id: 1, channels: [name] });
        same(await heard(scene, client, all), [name], `heard by ${name}`);
        client.close();
      }
      const star = await scene.joined({ id: 1, prefixes: [scene.name('*')] });
      same(await heard(scene, star, all), all.slice(0, 2), 'heard by the prefix *');
    },
  ),

  conforms(
    'a name without a scene before it: a bare * hears only *, __proto__ only itself (N3, N5)',
    async (scene) => {
      const mine = JSON.stringify(scene.prefix);
      const client = await scene.joined({ id: 1, channels: ['*', '__proto__', scene.name('end')] });
      await client.put([scene.name('a'), '*', '*weird', '__proto__', 'constructor'], mine);
      await client.put(scene.name('end'));
      const received = (await client.publicationsTo(scene.name('end'))).filter(
        ({ payload }) => payload === mine,
      );
      same(channelsOf(received), ['*', '__proto__'], 'what comes');
    },
  ),

  conforms(
    'a subscription may name channels of the server, which clients cannot put on (N4)',
    async (scene) => {
      const client = await scene.joined({ id: 1, channels: ['$any'] }, { id: 2, prefixes: ['$'] });
      client.sayPut('$any');
      same((await client.control('refused')).code, 'reserved-channel', 'the code');
    },
  ),

  conforms('a publication that several subscriptions match is delivered once (S5)', async (scene) => {
    const client = await scene.joined(
      { id: 1, channels: [scene.name('a')] },
      { id: 2, channels: [scene.name('a'), scene.name('b')] },
      { id: 3, prefixes: [scene.prefix] },
      { id: 4, prefixes: [''], channels: [scene.name('a')] },
    );
    await client.put([scene.name('a'), scene.name('b')]);
    await client.put(scene.name('end'));
    const received = await client.publicationsTo(scene.name('end'));
    const ours = received.filter(({ channel }) => channel.startsWith(scene.prefix));
    same(channelsOf(ours), [scene.name('a'), scene.name('b')], 'what comes');
  }),

  conforms('from subscribed on everything above its offset comes, and nothing below (S4)', async (scene) => {
    const { client: putter } = await scene.greeted();
    const before = await putter.put(scene.name('a'), '"before"');
    const client = await scene.joined();
    client.say({ subscribe: { id: 1, channels: [scene.name('a')] } });
    const { offset, replaying } = await client.control('subscribed');
    same(replaying, false, 'replaying');
    holds(offset >= (before.channels[0]?.offset ?? Number.NaN), 'the offset is the head');
    for (let i = 0; i < 20; i++) putter.sayPut(scene.name('a'), String(i));
    const received = await client.publications(20);
    same(
      received.map(({ payload }) => payload),
      Array.from({ length: 20 }, (_, i) => String(i)),
      'what comes',
    );
  }),

  conforms(
    'unsubscribe ends a subscription: nothing of it comes afterwards, and its id is unknown (S8, S9)',
    async (scene) => {
      const client = await scene.joined(
        { id: 1, channels: [scene.name('a')] },
        { id: 2, channels: [scene.name('b')] },
      );
      client.say({ unsubscribe: { id: 1 } });
      same(await client.control('unsubscribed'), { id: 1 }, 'the answer');
      same(await heard(scene, client, [scene.name('a'), scene.name('b')]), [scene.name('b')], 'what comes');
      client.say({ unsubscribe: { id: 1 } });
      const { subscription, code } = await client.control('refused');
      same([subscription, code], [1, 'bad-id'], 'the refusal');
    },
  ),

  conforms('unsubscribe with filters takes these away, as written (S8)', async (scene) => {
    const [a, b, c] = [scene.name('a'), scene.name('b'), scene.name('c')];
    const client = await scene.joined({ id: 1, channels: [a, b], prefixes: [scene.name('c')] });
    const without = async (gone: object, left: string[]) => {
      client.say({ unsubscribe: { id: 1, ...gone } });
      await client.control('unsubscribed');
      same(await heard(scene, client, [a, b, c]), left, `without ${JSON.stringify(gone)}`);
    };
    await without({ channels: [] }, [a, b, c]);
    await without({ channels: [c], prefixes: [a] }, [a, b, c]);
    await without({ channels: [a] }, [b, c]);
    await without({ prefixes: [scene.name('c')] }, [b]);
    await without({ channels: [b, b], prefixes: [] }, []);
    client.say({ unsubscribe: { id: 1 } });
    same((await client.control('refused')).code, 'bad-id', 'one that has no filters left has ended');
  }),

  conforms('to take a channel away from all channels changes nothing (S8)', async (scene) => {
    const client = await scene.joined({ id: 1, prefixes: [''] });
    client.say({ unsubscribe: { id: 1, channels: [scene.name('a')] } });
    await client.control('unsubscribed');
    const received = await heard(scene, client, [scene.name('a')]);
    holds(received.includes(scene.name('a')), 'it still comes');
  }),

  conforms(
    'messages are acted on in order: an unsubscribe finds the subscribe right before it (S10)',
    async (scene) => {
      const client = await scene.joined();
      for (let id = 1; id <= 20; id++) {
        client.say({ subscribe: { id, channels: [scene.name('a')] } });
        client.say({ unsubscribe: { id } });
      }
      for (let id = 1; id <= 20; id++) {
        same((await client.control('subscribed')).id, id, 'subscribed');
        same((await client.control('unsubscribed')).id, id, 'unsubscribed');
      }
      same(await heard(scene, client, [scene.name('a')]), [], 'what comes');
    },
  ),

  conforms('an id in use is refused, and the subscription that has it lives on (S2)', async (scene) => {
    const client = await scene.joined({ id: 1, channels: [scene.name('a')] });
    client.say({ subscribe: { id: 1, channels: [scene.name('b')] } });
    const { subscription, code } = await client.control('refused');
    same([subscription, code], [1, 'bad-id'], 'the refusal');
    same(await heard(scene, client, [scene.name('a'), scene.name('b')]), [scene.name('a')], 'what comes');
  }),

  conforms(
    'a subscription that is rejected is answered with its id and why, and the connection lives (S1, R2, N2, N7, E1)',
    async (scene) => {
      const channels = [scene.name('a')];
      const since = { epoch: 'e', offset: 0 };
      const bad: [object, string][] = [
        [{}, 'bad-filter'],
        [{ channels: [], prefixes: [] }, 'bad-filter'],
        [{ channels: [''] }, 'bad-filter'],
        [{ channels: [...channels, 'a b'] }, 'bad-filter'],
        [{ channels: ['a\u0000b'] }, 'bad-filter'],
        [{ prefixes: ['a\u00a0'] }, 'bad-filter'],
        [{ prefixes: ['\ufeff'] }, 'bad-filter'],
        [{ channels: ['\ud800'] }, 'bad-filter'],
        [{ channels: ['x'.repeat(256)] }, 'bad-filter'],
        [{ channels: 'a' }, 'bad-filter'],
        [{ channels: [1] }, 'bad-filter'],
        [{ channels: Array.from({ length: 1_001 }, (_, i) => `c${i}`) }, 'too-many-filters'],
        [{ channels, replay: {} }, 'bad-replay'],
        [{ channels, replay: { last: 1, sinceMs: 1 } }, 'bad-replay'],
        [{ channels, replay: { last: 0 } }, 'bad-replay'],
        [{ channels, replay: { last: 1.5 } }, 'bad-replay'],
        [{ channels, replay: { last: 100_001 } }, 'bad-replay'],
        [{ channels, replay: { last: '1' } }, 'bad-replay'],
        [{ channels, replay: { sinceMs: -1 } }, 'bad-replay'],
        [{ channels, replay: { since: 1 } }, 'bad-replay'],
        [{ channels, replay: { since: { ...since, offset: -1 } } }, 'bad-replay'],
        [{ channels, replay: { since: { ...since, epoch: '' } } }, 'bad-replay'],
        [{ channels, replay: { since, last: 1 } }, 'bad-replay'],
        [{ channels, replay: { last: null } }, 'bad-replay'],
      ];
      const client = await scene.joined();
      for (const [i, [body, code]] of bad.entries()) {
        client.say({ subscribe: { id: i + 1, ...body } });
        const refused = await client.control('refused');
        const what = `the refusal of ${JSON.stringify(body).slice(0, 100)}`;
        same([refused.subscription, refused.code], [i + 1, code], what);
        holds(refused.reason !== '' && refused.remedy !== '', 'a refusal has a reason and a remedy');
      }
      for (const id of [0, -1, 1.5, 2 ** 53]) {
        client.say({ subscribe: { id, channels } });
        const refused = await client.control('refused');
        same([refused.subscription, refused.code], [id, 'bad-id'], `the refusal of id ${id}`);
      }
      client.say({ subscribe: { id: 1, channels } });
      await client.control('subscribed');
    },
  ),

  conforms('a name of 255 bytes and a subscription of 1,000 filters are good (N1, S1)', async (scene) => {
    const long =
      scene.name('é'.repeat(200)).slice(0, scene.prefix.length) + 'x'.repeat(255 - scene.prefix.length);
    const channels = Array.from({ length: 999 }, (_, i) => scene.name(`c${i}`));
    const client = await scene.joined({ id: 1, channels: [...channels, long] });
    same(await heard(scene, client, [long, scene.name('c998')]), [long, scene.name('c998')], 'what comes');
  }),

  conforms('a session has up to 128 subscriptions, and room again when one has ended (S3)', async (scene) => {
    const one = (id: number) => ({ id, channels: [scene.name(`c${id}`)] });
    const { client } = await scene.greeted(Array.from({ length: 129 }, (_, i) => one(i + 1)));
    for (let id = 1; id <= 128; id++) same((await client.control('subscribed')).id, id, 'subscribed');
    const refused = await client.control('refused');
    same([refused.subscription, refused.code], [129, 'too-many-subscriptions'], 'in hello');
    client.say({ subscribe: one(130) });
    same((await client.control('refused')).code, 'too-many-subscriptions', 'later');
    client.say({ unsubscribe: { id: 5 } });
    await client.control('unsubscribed');
    client.say({ subscribe: one(131) });
    same((await client.control('subscribed')).id, 131, 'in its place');
  }),
];
