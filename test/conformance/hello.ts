import { holds, same } from './check.ts';
import { type Case, conforms, type Scene } from './scene.ts';

const hello = { protocol: 'zerospan.v1', client: 'raw-client' };

/** First messages that are no good hello. */
const BAD_HELLOS: Record<string, string> = {
  'another message': '{"put":{"id":1,"channels":["a"]}}\n1',
  'no JSON': 'hello',
  'an empty message': '',
  'an array': '[]',
  'no key': '{}',
  'two keys': JSON.stringify({ hello, more: {} }),
  'another protocol': JSON.stringify({ hello: { ...hello, protocol: 'zerospan.v2' } }),
  'no protocol': JSON.stringify({ hello: { client: 'raw-client' } }),
  'no client': JSON.stringify({ hello: { protocol: 'zerospan.v1' } }),
  'a client of 7 characters': JSON.stringify({ hello: { ...hello, client: '1234567' } }),
  'a client of 65 characters': JSON.stringify({ hello: { ...hello, client: 'x'.repeat(65) } }),
  'a client that is a number': JSON.stringify({ hello: { ...hello, client: 12_345_678 } }),
  'a token that is a number': JSON.stringify({ hello: { ...hello, token: 1 } }),
  'a name that is a number': JSON.stringify({ hello: { ...hello, name: 7 } }),
  'an empty name': JSON.stringify({ hello: { ...hello, name: '' } }),
  'a name with an escape sequence': JSON.stringify({ hello: { ...hello, name: '\u001b[2J' } }),
  'a name that turns the text around': JSON.stringify({ hello: { ...hello, name: '\u202egnorts' } }),
  'a name of 65 characters': JSON.stringify({ hello: { ...hello, name: 'x'.repeat(65) } }),
  'an epoch that is a number': JSON.stringify({ hello: { ...hello, epoch: 1 } }),
  'subscriptions that are no array': JSON.stringify({ hello: { ...hello, subscriptions: {} } }),
  'something behind a line feed': `${JSON.stringify({ hello })}\n1`,
  'more than envelopeBytes': JSON.stringify({ hello: { ...hello, pad: 'x'.repeat(400_000) } }),
};

async function isRefused(scene: Scene, text: string): Promise<void> {
  const client = scene.raw();
  await client.opened();
  client.sayText(text);
  same(await client.closedWith(), 4500, 'the close code');
  same(client.story, ['error'], 'what the server sent');
  const { code, reason, remedy } = await client.control('error');
  same(code, 'bad-hello', 'the code');
  holds(reason !== '' && remedy !== '', 'an error has a reason and a remedy');
}

export const helloCases: readonly Case[] = [
  conforms('the server chooses zerospan.v1 and agrees on no extension (F1)', async (scene) => {
    const { client } = await scene.greeted();
    same(client.socket.protocol, 'zerospan.v1', 'the subprotocol');
    same(client.socket.extensions, '', 'the extensions');
  }),

  conforms('a socket that offers only another subprotocol comes to nothing (F1)', async (scene) => {
    const client = scene.raw('zerospan.v0');
    same(await client.closedWith(), 1006, 'the close code');
    same(client.story, [], 'what the server sent');
  }),

  conforms(
    'welcome names session, epoch, times and limits, and begins at the head (H2, H7, C6)',
    async (scene) => {
      const [first, second] = [await scene.greeted(), await scene.greeted()];
      const { session, epoch, head, limits, beatMs, silenceMs, retrySpreadMs, ...rest } = first.welcome;
      same(rest, { resumed: false, from: head }, 'the other fields');
      holds(session !== '' && session !== second.welcome.session, 'each session has a name of its own');
      holds(epoch !== '' && epoch === second.welcome.epoch, 'the epoch is one');
      holds(Number.isSafeInteger(head) && head >= 0, `head is an offset: ${head}`);
      holds(0 < beatMs && beatMs < silenceMs && retrySpreadMs > 0, 'the times make sense');
      const named = ['payloadBytes', 'envelopeBytes', 'messageBytes', 'faults', 'putChannels'];
      for (const name of [...named, 'subscriptions', 'filters', 'replayLast']) {
        const limit = (limits as Record<string, number>)[name] ?? Number.NaN;
        holds(Number.isSafeInteger(limit) && limit > 0, `the limit ${name} is a number: ${limit}`);
      }
    },
  ),

  conforms('each subscription of hello is answered by itself, in the order given (H2, H5)', async (scene) => {
    const { client } = await scene.greeted([
      { id: 7, channels: [scene.name('a')] },
      { id: 3, channels: ['bad name'] },
      { id: 7, channels: [scene.name('b')] },
      { id: 0, channels: [scene.name('b')] },
      { id: 4, channels: [scene.name('b')], replay: { last: 0 } },
      { id: 5 },
      { id: 1, prefixes: [scene.name('c')] },
    ]);
    same((await client.control('subscribed')).id, 7, 'the first');
    for (const [subscription, code] of [
      [3, 'bad-filter'],
      [7, 'bad-id'],
      [0, 'bad-id'],
      [4, 'bad-replay'],
      [5, 'bad-filter'],
    ]) {
      const refused = await client.control('refused');
      same([refused.subscription, refused.code], [subscription, code], 'the refusal');
    }
    same((await client.control('subscribed')).id, 1, 'the last');
    await client.put([scene.name('a'), scene.name('b'), scene.name('c1')]);
    const received = await client.publications(2);
    same(
      received.map(({ channel }) => channel),
      [scene.name('a'), scene.name('c1')],
      'what comes',
    );
  }),

  conforms(
    'a first message that is no valid hello is answered with an error and closed with 4500, whatever it is (H4)',
    async (scene) => {
      await Promise.all(
        Object.entries(BAD_HELLOS).map(async ([what, text]) => {
          try {
            await isRefused(scene, text);
          } catch (error) {
            throw new Error(`${what}: ${(error as Error).message}`, { cause: error });
          }
        }),
      );
    },
  ),

  conforms('a client of 8 and one of 64 characters are good, whatever characters (H4, U5)', async (scene) => {
    await scene.greeted([], { client: '12345678' });
    await scene.greeted([], { client: 'x'.repeat(64) });
    await scene.greeted([], { client: '" ü\t€\\ "' });
  }),

  conforms(
    'a server that requires no token ignores one, and ignores a field that it does not know (U1)',
    async (scene) => {
      const { client } = await scene.greeted([{ id: 1, channels: [scene.name('a')], later: true }], {
        token: 'secret',
        later: { much: 1 },
      });
      await client.control('subscribed');
      client.say({ subscribe: { id: 2, channels: [scene.name('b')], later: [] } });
      await client.control('subscribed');
      client.say({ put: { id: 1, channels: [scene.name('b')], later: null } }, '2');
      await client.control('accepted');
      client.say({ unsubscribe: { id: 2, later: 1 } });
      await client.control('unsubscribed');
      same((await client.publication()).payload, '2', 'the publication');
    },
  ),

  conforms('a second hello is answered by an error, and the session goes on (H6)', async (scene) => {
    const client = await scene.joined({ id: 1, channels: [scene.name('a')] });
    client.hello();
    same((await client.control('error')).code, 'bad-message', 'the code');
    await client.put(scene.name('a'));
    await client.publication();
  }),
];
