import { holds, increase, same } from './check.ts';
import { type Case, conforms } from './scene.ts';

const KIB = 1024;

/** JSON texts that a server might be tempted to write anew. */
const VERBATIM = [
  'null',
  '0',
  'false',
  '""',
  '{}',
  '[]',
  '-0',
  '1.0',
  '1e3',
  '12345678901234567890',
  '0.1000000000000000055511151231257827',
  '{"b":1,"a":2,"b":3}',
  ' { "a" : [ 1 , 2 ] }\t',
  '{\n  "many": "lines"\n}\n',
  '\r\n"after a line feed"',
  '"\\u00e9 \\/ \\n"',
  '"éü€😀\u2028"',
  '"\\ud800"',
  '{"__proto__":{"x":1}}',
];

export const putCases: readonly Case[] = [
  conforms(
    'accepted names each channel once, in the order of the put, with its offset (P1, P5, F8)',
    async (scene) => {
      const [a, b, c] = [scene.name('a'), scene.name('b'), scene.name('c')];
      const client = await scene.joined({ id: 1, channels: [a, b, c] });
      const { put, time, channels } = await client.put([b, a, b, c, a], '"x"');
      same(put, 1, 'the id');
      same(
        channels.map(({ channel }) => channel),
        [b, a, c],
        'the channels',
      );
      const received = await client.publications(3);
      const expected = channels.map(({ channel, offset }) => ({ offset, time, channel, payload: '"x"' }));
      same(received, expected, 'the publications');
      increase(
        received.map(({ offset }) => offset),
        'the offsets of one put',
      );
      const next = await client.put(a);
      holds((next.channels[0]?.offset ?? 0) > (channels[2]?.offset ?? 0), 'offsets go on');
      holds(next.time >= time, 'time does not go back');
      same((await client.publication()).offset, next.channels[0]?.offset, 'once each: the next is the next');
    },
  ),

  conforms(
    'accepted counts the sessions that subscribe to a channel, each once, the putting one too (P5)',
    async (scene) => {
      const channel = scene.name('a');
      const { client } = await scene.greeted();
      const matching = async () => (await client.put(channel)).channels[0]?.sessions ?? Number.NaN;
      // A page may be open that wants everything.
      const others = await matching();
      await scene.joined({ id: 1, channels: [channel] }, { id: 2, prefixes: [scene.prefix] });
      same(await matching(), others + 1, 'one session with two subscriptions');
      client.say({ subscribe: { id: 1, channels: [channel] } });
      await client.control('subscribed');
      same(await matching(), others + 2, 'the putting one too');
      same((await client.put(scene.name('b'))).channels[0]?.sessions, others + 1, 'another channel');
    },
  ),

  conforms(
    'null, 0, false, "", {}, [] are messages, and every payload comes byte for byte as it was put (P2, P3, F3)',
    async (scene) => {
      const client = await scene.joined({ id: 1, channels: [scene.name('a')] });
      for (const payload of VERBATIM) client.sayPut(scene.name('a'), payload);
      const received = await client.publications(VERBATIM.length);
      same(
        received.map(({ payload }) => payload),
        VERBATIM,
        'the payloads',
      );
    },
  ),

  conforms('names outside ASCII carry payloads outside ASCII (N1, N3, F2)', async (scene) => {
    const names = ['größe', '房间', 'комната/1', '😀', 'a\u0301\u200d'].map((name) => scene.name(name));
    const client = await scene.joined({ id: 1, channels: names });
    const { channels } = await client.put(names, '"żółć 房间 😀"');
    same(
      channels.map(({ channel }) => channel),
      names,
      'the accepted',
    );
    const received = await client.publications(names.length);
    same(
      received.map(({ channel, payload }) => [channel, payload]),
      names.map((name) => [name, '"żółć 房间 😀"']),
      'the publications',
    );
  }),

  conforms(
    'every put that cannot be is refused with its code, appends nothing, and the socket lives (P1, P2, P4, N1, N2, N4, E1)',
    async (scene) => {
      const good = scene.name('a');
      const bad: [unknown, string | undefined, string][] = [
        [[], '1', 'no-channels'],
        [undefined, '1', 'no-channels'],
        [[good, 'a b'], '1', 'bad-channel'],
        [[good, ''], '1', 'bad-channel'],
        [[good, 'tab\t'], '1', 'bad-channel'],
        [[good, 'lf\n'], '1', 'bad-channel'],
        [[good, 'nel\u0085'], '1', 'bad-channel'],
        [[good, 'nbsp\u00a0'], '1', 'bad-channel'],
        [[good, '\ufeffbom'], '1', 'bad-channel'],
        [[good, '\ud83d'], '1', 'bad-channel'],
        [[good, 'é'.repeat(128)], '1', 'bad-channel'],
        [[good, 1], '1', 'bad-channel'],
        [good, '1', 'bad-channel'],
        [[good, '$clock'], '1', 'reserved-channel'],
        [[good, ...Array.from({ length: 1_000 }, (_, i) => `c${i}`)], '1', 'too-many-channels'],
        [[good], undefined, 'no-payload'],
        [[good], '', 'no-payload'],
        [[good], 'NaN', 'bad-payload'],
        [[good], 'undefined', 'bad-payload'],
        [[good], "{'a':1}", 'bad-payload'],
        [[good], '{"a":1', 'bad-payload'],
        [[good], '1 2', 'bad-payload'],
        [[good], ' ', 'bad-payload'],
        [[good], '\ufeff1', 'bad-payload'],
        [[good], '01', 'bad-payload'],
        [[good], `"${'x'.repeat(64 * KIB - 1)}"`, 'too-large'],
        [[good], `"${'é'.repeat(32 * KIB)}"`, 'too-large'],
      ];
      const client = await scene.joined({ id: 1, channels: [good] });
      for (const [i, [channels, payload, code]] of bad.entries()) {
        const id = 2 * i + 1;
        client.say({ put: { id, channels } }, payload);
        client.say({ put: { id: id + 1, channels: [good] } }, String(id));
        const what = `the refusal of ${JSON.stringify([channels, payload]).slice(0, 100)}`;
        const { put, code: said, reason, remedy } = await client.control('refused');
        same([put, said], [id, code], what);
        holds(reason !== '' && remedy !== '', 'a refusal has a reason and a remedy');
        same((await client.control('accepted')).put, id + 1, 'the next put');
        same((await client.publication()).payload, String(id), 'what is appended is the next put alone');
      }
      for (const id of [0, -1, 1.5, 2 ** 53]) {
        client.say({ put: { id, channels: [good] } }, '1');
        const refused = await client.control('refused');
        same([refused.put, refused.code], [id, 'bad-id'], `the refusal of id ${id}`);
      }
    },
  ),

  conforms('a payload of 64 KiB is good, counted in bytes of UTF-8 (P2, F6)', async (scene) => {
    const client = await scene.joined({ id: 1, channels: [scene.name('a')] });
    for (const payload of [`"${'x'.repeat(64 * KIB - 2)}"`, `"${'é'.repeat(32 * KIB - 1)}"`]) {
      await client.put(scene.name('a'), payload);
      holds((await client.publication()).payload === payload, 'it comes as it was put');
    }
  }),

  conforms('one put goes to 1,000 names of 76 bytes, and to 1,000 of 255 (P1, P4, F6)', async (scene) => {
    const client = await scene.joined({ id: 1, prefixes: [scene.prefix] });
    for (const bytes of [76, 255]) {
      const names = Array.from({ length: 1_000 }, (_, i) =>
        scene.name(String(i).padStart(bytes - scene.prefix.length, '-')),
      );
      const { channels } = await client.put(names, '{"to":"all"}');
      same(
        channels.map(({ channel }) => channel),
        names,
        'the accepted',
      );
      const received = await client.publications(1_000);
      same(
        received.map(({ offset, channel }) => ({ offset, channel })),
        channels.map(({ offset, channel }) => ({ offset, channel })),
        'the publications',
      );
    }
  }),

  conforms('an envelope above envelopeBytes is refused, and the socket lives (F6, E1)', async (scene) => {
    const client = await scene.joined();
    const pad = 'x'.repeat(400_000);
    client.say({ put: { id: 1, channels: [scene.name('a')], pad } }, '1');
    const put = await client.control('refused');
    same([put.put, put.code], [1, 'too-large'], 'the put');
    client.say({ subscribe: { id: 1, channels: [scene.name('a')], pad } });
    const subscription = await client.control('refused');
    same([subscription.subscription, subscription.code], [1, 'too-large'], 'the subscription');
    client.say({ put: { id: 2, channels: [scene.name('a')] } }, '1');
    await client.control('accepted');
  }),

  conforms(
    'a message above messageBytes closes the socket with 1009, one of just that size does not (F6)',
    async (scene) => {
      const client = await scene.joined();
      const envelope = JSON.stringify({ put: { id: 1, channels: [scene.name('a')] } });
      client.sayText(`${envelope}\n`.padEnd(512 * KIB, '1'));
      same((await client.control('refused')).code, 'too-large', 'of just that size');
      client.sayText(`${envelope}\n`.padEnd(512 * KIB + 1, '1'));
      same(await client.closedWith(), 1009, 'the close code');
    },
  ),

  conforms(
    'puts in flight are appended and answered in their order, the refused ones too (P5, P6)',
    async (scene) => {
      const client = await scene.joined({ id: 1, channels: [scene.name('a')] });
      const total = 500;
      for (let i = 1; i <= total; i++) client.sayPut(scene.name('a'), i % 10 === 0 ? 'NaN' : String(i));
      const offsets: number[] = [];
      for (let i = 1; i <= total; i++) {
        const { name, body } = await client.either('accepted', 'refused');
        same([name, body.put], [i % 10 === 0 ? 'refused' : 'accepted', i], 'the answer');
        if (name === 'accepted') offsets.push(...body.channels.map(({ offset }) => offset));
      }
      increase(offsets, 'the offsets of the puts of one connection');
      const received = await client.publications(offsets.length);
      same(
        received.map(({ offset }) => offset),
        offsets,
        'the publications',
      );
    },
  ),

  conforms(
    'the same put again, on this connection or the next, is answered as before and appended once (P9)',
    async (scene) => {
      const [a, b] = [scene.name('a'), scene.name('b')];
      const hello = { client: `again-${Math.random()}` };
      const reader = await scene.joined({ id: 1, channels: [a, b] });
      const { client } = await scene.greeted([], hello);
      const first = await client.put([a, b], '{"n":1}');
      const facts = ({ put, time, channels }: typeof first) => [
        put,
        time,
        channels.map(({ offset }) => offset),
      ];
      client.say({ put: { id: 1, channels: [a, b] } }, '{"n":1}');
      same(facts(await client.control('accepted')), facts(first), 'on this connection');
      client.close();
      const { client: next } = await scene.greeted([], hello);
      next.say({ put: { id: 1, channels: [a, b], againMs: 1_000 } }, '{"n":1}');
      same(facts(await next.control('accepted')), facts(first), 'on the next');
      next.say({ put: { id: 2, channels: [a], againMs: 1_000 } }, '{"n":2}');
      same((await next.control('accepted')).put, 2, 'one that had never arrived');
      next.say({ put: { id: 3, channels: [a] } }, '{"n":3}');
      await next.control('accepted');
      same(
        (await reader.publications(4)).map(({ channel, payload }) => [channel, payload]),
        [
          [a, '{"n":1}'],
          [b, '{"n":1}'],
          [a, '{"n":2}'],
          [a, '{"n":3}'],
        ],
        'the publications',
      );
    },
  ),

  conforms(
    'another put under a used id is refused, of another client it is another put (P9)',
    async (scene) => {
      const client = await scene.joined({ id: 1, prefixes: [scene.prefix] });
      await client.put(scene.name('a'), '1');
      const others: [string[], string][] = [
        [[scene.name('a')], '2'],
        [[scene.name('a')], ' 1'],
        [[scene.name('b')], '1'],
        [[scene.name('a'), scene.name('b')], '1'],
      ];
      for (const [channels, payload] of others) {
        client.say({ put: { id: 1, channels } }, payload);
        const { put, code } = await client.control('refused');
        same([put, code], [1, 'put-conflict'], 'the refusal');
      }
      const { client: other } = await scene.greeted();
      other.say({ put: { id: 1, channels: [scene.name('a')] } }, '3');
      await other.control('accepted');
      same(
        (await client.publications(2)).map(({ payload }) => payload),
        ['1', '3'],
        'the publications',
      );
    },
  ),
];
