import { holds, same } from './check.ts';
import type { RawClient } from './raw.ts';
import { type Case, conforms } from './scene.ts';

/** Messages that are not of this protocol. */
const FOREIGN: Record<string, string> = {
  'another key': '{"shout":{"id":1}}',
  'an inherited key': '{"constructor":{"id":1}}',
  'a key that is __proto__': '{"__proto__":{"id":1}}',
  'two keys': '{"put":{"id":1,"channels":["a"]},"more":{}}\n1',
  'no key': '{}',
  'no JSON': 'PING',
  'an empty message': '',
  'an array': '["put"]',
  null: 'null',
  'a message of the server': '{"welcome":{}}',
  'a publication': '1 1 a 1',
};

async function isRejected(client: RawClient, text: string, what: string): Promise<void> {
  client.sayText(text);
  const { code, reason, remedy } = await client.control('error');
  same(code, 'bad-message', what);
  holds(reason !== '' && remedy !== '', 'an error has a reason and a remedy');
}

export const faultCases: readonly Case[] = [
  conforms(
    'a message that is not of this protocol is answered by an error, and the connection lives (E1, E2, E3, F5, U3)',
    async (scene) => {
      const client = await scene.joined({ id: 1, channels: [scene.name('a')] });
      for (const [what, text] of Object.entries(FOREIGN)) await isRejected(client, text, what);
      // One with a body is told by its id, and does nothing either.
      client.say({ unsubscribe: { id: 1 } }, '1');
      const { subscription, code } = await client.control('refused');
      same([subscription, code], [1, 'bad-message'], 'a control message with a body');
      await client.put(scene.name('a'), '"alive"');
      same((await client.publication()).payload, '"alive"', 'the publication');
    },
  ),

  conforms(
    'the sixteenth fault closes the connection with 4501, and not the fifteenth (E3)',
    async (scene) => {
      const { client, welcome } = await scene.greeted();
      same(welcome.limits.faults, 16, 'the limit');
      for (let i = 1; i < welcome.limits.faults; i++) await isRejected(client, 'x', `fault ${i}`);
      await client.put(scene.name('a'));
      await isRejected(client, 'x', 'the last');
      same(await client.closedWith(), 4501, 'the close code');
    },
  ),

  conforms(
    'refusals are no faults: a hundred of them do not close the connection (E1, E3)',
    async (scene) => {
      const client = await scene.joined();
      for (let i = 0; i < 100; i++) {
        client.sayPut('$no');
        await client.control('refused');
        client.say({ unsubscribe: { id: 1 } });
        await client.control('refused');
      }
      await client.put(scene.name('a'));
    },
  ),

  conforms(
    'a binary message closes the connection with 4501, before the hello and after (F2)',
    async (scene) => {
      const silent = scene.raw();
      await silent.opened();
      silent.socket.send(new TextEncoder().encode('{"hello":{}}').buffer);
      same(await silent.closedWith(), 4501, 'before');
      const client = await scene.joined();
      client.socket.send(new TextEncoder().encode('{"unsubscribe":{"id":1}}').buffer);
      same(await client.closedWith(), 4501, 'after');
    },
  ),

  conforms('what one connection does wrong does not touch another (E3)', async (scene) => {
    const [bad, good] = [await scene.joined(), await scene.joined({ id: 1, channels: [scene.name('a')] })];
    for (let i = 0; i < 16; i++) bad.sayText('x');
    same(await bad.closedWith(), 4501, 'the one');
    await good.put(scene.name('a'));
    await good.publication();
  }),
];
