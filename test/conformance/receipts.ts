import { holds, same } from './check.ts';
import { type Case, conforms, type Scene } from './scene.ts';

/** How many others listen to everything: the server may be in use. They are taken to acknowledge what they get. */
async function listeners(scene: Scene, channel: string): Promise<number> {
  const { client } = await scene.greeted();
  const { channels } = await client.put(channel, '"who listens?"');
  return channels[0]?.sessions ?? 0;
}

export const receiptCases: readonly Case[] = [
  conforms(
    'a put with confirm is accepted, and confirmed when all sessions that match it have acknowledged it (P11)',
    async (scene) => {
      const [a, b] = [scene.name('a'), scene.name('b')];
      const others = await listeners(scene, a);
      const { client: reader } = await scene.greeted([{ id: 1, channels: [a] }], { acks: true });
      const other = scene.bus();
      const heard = other.subscribe(a);
      heard.on('publication', () => {});
      await heard.ready;
      const { client } = await scene.greeted();
      client.say({ put: { id: 1, channels: [a, b], confirm: { timeoutMs: 20_000 } } }, '1');
      const { channels } = await client.control('accepted');
      same(
        channels.map(({ sessions }) => sessions),
        [others + 2, others],
        'sessions',
      );
      const { offset } = await reader.publication();
      same(client.story.includes('confirmed'), false, 'confirmed before the ack');
      reader.say({ ack: { offset, bytes: 1 } });
      const confirmed = await client.control('confirmed');
      same(
        confirmed,
        {
          put: 1,
          channels: channels.map(({ channel, offset: at, sessions }) => ({
            channel,
            offset: at,
            confirmed: sessions,
            skipped: 0,
            unanswered: 0,
          })),
        },
        'who got it',
      );
    },
  ),

  conforms('a put that asks who is answered by the names of all that its counts are (P16)', async (scene) => {
    const a = scene.name('a');
    const others = await listeners(scene, a);
    const { client: reader, welcome } = await scene.greeted([{ id: 1, channels: [a] }], {
      acks: true,
      name: 'Reader <b>',
      client: `named-reader-${Math.random()}`,
    });
    const { client: silent, welcome: silentWelcome } = await scene.greeted([{ id: 1, channels: [a] }]);
    await silent.control('subscribed');
    const { client } = await scene.greeted();
    client.say({ put: { id: 1, channels: [a], confirm: { timeoutMs: 1_000, who: true } } }, '1');
    await client.control('accepted');
    const { offset } = await reader.publication();
    reader.say({ ack: { offset, bytes: 1 } });
    const { channels, sessions = [], more, absent = [] } = await client.control('confirmed');
    const [channel] = channels;
    const who = channel?.who;
    same([channel?.confirmed, channel?.skipped, channel?.unanswered], [others + 1, 0, 1], 'the counts');
    holds(who !== undefined && more === undefined, 'the receipt names all of them');
    same([who?.has.length, who?.skipped, who?.away], [others + 1, [], []], 'the names');
    same(
      who?.unanswered,
      [[sessions.findIndex(({ session }) => session === silentWelcome.session), 'no-acks']],
      'who did not answer',
    );
    const at = sessions.findIndex(({ session }) => session === welcome.session);
    same(sessions[at]?.name, 'Reader <b>', 'the name of hello');
    holds((sessions[at]?.ref ?? '') !== '', 'a session has a ref');
    const [, ms = -1] = who?.has.find(([place]) => place === at) ?? [];
    holds(ms >= 0 && ms <= 1_000, `the ack came ${ms} ms after the append`);
    holds(!JSON.stringify([sessions, absent]).includes('named-reader'), 'no client id is shown (H10)');
  }),

  conforms('who does not answer in time is counted as such (P11)', async (scene) => {
    const a = scene.name('a');
    const others = await listeners(scene, a);
    await scene.joined({ id: 1, channels: [a] });
    const { client: silent } = await scene.greeted([{ id: 1, channels: [a] }], { acks: true });
    await silent.control('subscribed');
    const bus = scene.bus();
    const result = await bus.put(a, 1, { confirm: { timeoutMs: 1_000 } });
    const [channel] = result.channels;
    same(channel?.sessions, others + 2, 'sessions');
    same([channel?.confirmed, channel?.skipped, channel?.unanswered], [others, 0, 2], 'who got it');
  }),

  conforms('a client that is cut off and comes back counts once (P12)', async (scene) => {
    const a = scene.name('a');
    const others = await listeners(scene, a);
    const hello = { acks: true, client: `comes-back-${Math.random()}` };
    const { client: reader, welcome } = await scene.greeted([{ id: 1, channels: [a] }], hello);
    const { offset: after } = await reader.control('subscribed');
    const { client } = await scene.greeted();
    client.say({ put: { id: 1, channels: [a], confirm: { timeoutMs: 20_000 } } }, '1');
    const { channels } = await client.control('accepted');
    reader.close();
    const { client: again } = await scene.greeted([{ id: 1, channels: [a], after }], {
      ...hello,
      epoch: welcome.epoch,
    });
    await again.control('subscribed');
    const { offset } = await again.publication();
    same(offset, channels[0]?.offset, 'what it is given after it came back');
    again.say({ ack: { offset, bytes: 1 } });
    const [counts] = (await client.control('confirmed')).channels;
    same([counts?.confirmed, counts?.skipped, counts?.unanswered], [others + 1, 0, 0], 'who got it');
  }),

  conforms('a time that is out of range is refused, and nothing is put (P14)', async (scene) => {
    const a = scene.name('a');
    const reader = await scene.joined({ id: 1, channels: [a] });
    const { client, welcome } = await scene.greeted();
    for (const [i, timeoutMs] of [0, welcome.limits.confirmMs + 1].entries()) {
      client.say({ put: { id: i + 1, channels: [a], confirm: { timeoutMs } } }, '1');
      same((await client.control('refused')).code, 'bad-confirm', `the code for ${timeoutMs}`);
    }
    await client.put(a, '"after"');
    same((await reader.publication()).payload.endsWith('"after"'), true, 'the first publication');
  }),

  conforms('a client has one connection: the newer one (H9)', async (scene) => {
    const hello = { client: `only-one-${Math.random()}` };
    const { client: first } = await scene.greeted([], { ...hello, connection: 1 });
    const { client: second } = await scene.greeted([], { ...hello, connection: 2 });
    same(await first.closedWith(), 4002, 'the close code of the older');
    const late = scene.raw();
    await late.opened();
    late.hello([], { ...hello, connection: 1 });
    same(await late.closedWith(), 4002, 'the close code of the one that came late');
    await second.put(scene.name('a'));
  }),

  conforms(
    'onLag latest: of each channel only the newest while it resumes, and how many were left out (C10, C11)',
    async (scene) => {
      const [a, b] = [scene.name('a'), scene.name('b')];
      const bus = scene.bus();
      const puts = await Promise.all([a, b, a, b, a].map((channel) => bus.put(channel, 1)));
      const offsets = puts.map(({ channels }) => channels[0]?.offset ?? 0);
      const [first = 0] = offsets;
      const { client } = await scene.greeted(
        [{ id: 1, prefixes: [scene.prefix], onLag: 'latest', after: first - 1 }],
        { epoch: puts[0]?.epoch },
      );
      await client.control('subscribed');
      const received = await client.publications(2);
      same(
        received.map(({ offset }) => offset),
        offsets.slice(3),
        'what comes',
      );
      const gap = await client.control('gap');
      same([gap.reason, gap.from, gap.to, gap.missed], ['lag', first, offsets[2], 3], 'the gap');
      holds(client.story.indexOf('gap') < client.story.length - 2, 'the gap is told before them');
    },
  ),
];
