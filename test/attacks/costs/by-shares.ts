import { until } from '../../support/until.ts';
import type { Attack } from './attack.ts';
import type { Connection } from './connection.ts';
import { SMALL } from './scenes.ts';

const MALLORY = { put: 'm' };
const ALICE = { put: 'alice.', subscribe: 'alice.' };
const WAIT_MS = 30_000;

const names = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, n) => `${prefix}${n}`);

interface Accepted {
  readonly accepted: { readonly channels: readonly { readonly offset: number }[] };
}

const accepted = (of: Connection): Accepted['accepted'][] =>
  (of.said.get('accepted') ?? []).map((text) => (JSON.parse(text) as Accepted).accepted);

/** Bounds that hold for all users together: what one of them takes by them, and what is left for another. */
export const BY_SHARES: readonly Attack[] = [
  {
    name: 'channel names',
    scene: SMALL,
    judged: 'all',
    async act(stage) {
      const mallory = await stage.connect('mallory', MALLORY);
      // First by hundreds, then one by one: the last free name is asked for too.
      for (let id = 1; id <= 20; id++) mallory.put(id, names(`m${id}.`, 100));
      for (let id = 21; id <= 120; id++) mallory.put(id, [`m${id}`]);
      await mallory.answered(120, WAIT_MS);
      const taken = accepted(mallory).reduce((sum, { channels }) => sum + channels.length, 0);
      // A sixteenth is hers whatever others have.
      const alice = await stage.connect('alice', ALICE);
      for (let id = 1; id <= 120; id++) alice.put(id, [`alice.${id}`]);
      await alice.answered(120, WAIT_MS);
      const refused = alice.count('refused');
      return {
        bounded: `${taken} of 2000 names taken, ${mallory.refusals('too-many-names')} too-many-names`,
        harm: [
          ...(refused > 0 ? [`${refused} of 120 puts on new channels refused to another`] : []),
          ...(taken > 1_500 ? [`${taken} names, more than three quarters`] : []),
        ],
      };
    },
  },
  {
    name: 'remembered puts',
    scene: SMALL,
    judged: 'all',
    async act(stage) {
      const own = { client: 'alice-client', connection: 1 };
      const alice = await stage.connect('alice', ALICE, own);
      alice.put(7, ['alice.again'], '"x"');
      await alice.answered(1);
      const first = accepted(alice)[0]?.channels[0]?.offset;
      alice.close();
      // Names that the log holds already, where the names had their turn before.
      const known = [1, 2, 3, 4, 5].flatMap((id) => names(`m${id}.`, 100));
      const mallory = await stage.connect('mallory', MALLORY);
      for (let id = 1; id <= 12; id++) mallory.put(id, known);
      await mallory.answered(12, 10_000);
      const back = await stage.connect('alice', ALICE, { ...own, connection: 2 });
      back.put(7, ['alice.again'], '"x"', { againMs: 3_000 });
      await back.answered(1);
      const again = accepted(back)[0]?.channels[0]?.offset;
      const forgotten = await stage.server.metric('zerospan_log_forgotten_puts_total');
      const harm = first !== undefined && again === first ? [] : [`offset ${first}, and again ${again}`];
      return { bounded: `${forgotten} puts forgotten`, harm };
    },
  },
  {
    name: 'bytes of the log',
    scene: SMALL,
    judged: 'all',
    async act(stage) {
      const alice = await stage.connect('alice', ALICE);
      for (let id = 1; id <= 500; id++) alice.put(id, ['alice.h'], `"line ${id}"`);
      await alice.answered(500, WAIT_MS);
      const after = accepted(alice)[0]?.channels[0]?.offset;
      alice.close();
      const payload = JSON.stringify('x'.repeat(10_000));
      for (let n = 0; n < 5; n++) {
        const mallory = await stage.connect('mallory', MALLORY);
        for (let id = 1; id <= 10; id++) mallory.put(id, names('m', id % 2 ? 50 : 500), payload);
      }
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      const { epoch } = stage.server.addresses;
      const subscriptions = [{ id: 1, channels: ['alice.h'], after }];
      const back = await stage.connect('alice', ALICE, { epoch, subscriptions });
      await until('her messages', () => back.deliveries >= 499 || back.count('gap') > 0, WAIT_MS);
      const harm =
        back.deliveries >= 499 && back.count('gap') === 0 ? [] : [`${back.deliveries} of 499 came back`];
      const log = await stage.server.metric('zerospan_put_holds_total');
      return { bounded: `${log} times read later`, harm };
    },
  },
];
