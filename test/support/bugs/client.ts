import type { Bug } from './bug.ts';

const CLIENT = 'client/src';

/** In the client, and in what it shares with the server. */
export const clientBugs: readonly Bug[] = [
  {
    name: 'prefix match where exact was asked',
    file: 'shared/src/channels/filter.ts',
    find: 'return (channel) => channel === only;',
    replace: "return (channel) => channel.startsWith(only ?? '');",
  },
  {
    name: 'keep the old epoch: a client that comes back does not take over the new one',
    file: `${CLIENT}/subscriptions/position-tracker.ts`,
    find: 'this.#epoch = epoch;',
    replace: 'this.#epoch ??= epoch;',
  },
  {
    name: 'position moved by a replay: history counts as having got so far',
    file: `${CLIENT}/subscriptions/subscriptions.ts`,
    find: 'subscription.stage = replayed(stage, offset);',
    replace: 'subscription.stage = replayed(stage, offset);\n    this.#tracker.moved(offset);',
  },
  {
    name: 'replayed entry withheld from a sibling: another subscriber of the bus has had it',
    file: `${CLIENT}/subscriptions/subscriptions.ts`,
    find: 'if (!owner.subscriptions.some(another))',
    replace: 'if (![...this.#table.members()].some(another))',
  },
  {
    name: 'subscriber without bound: its queue never drops',
    file: `${CLIENT}/subscriptions/delivery/queue.ts`,
    find: 'this.#count > 1 && (',
    replace: 'this.#count > 1_000_000 && (',
  },
  {
    name: 'acknowledged too early: what waits in a queue counts as handed over',
    file: `${CLIENT}/subscriptions/delivery/budget.ts`,
    find: 'parcel.hold();\n',
    replace: '',
  },
  {
    name: 'put as new: one whose answer was lost does not say that it comes again',
    file: `${CLIENT}/puts/puts.ts`,
    find: 'const again = sent && { againMs: sent.ms };',
    replace: 'const again = {};',
  },
];
