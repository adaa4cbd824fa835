import type { UnitBug } from './unit-bug.ts';

const CLIENT = 'client/src';

/** The client. */
export const clientBugs: readonly UnitBug[] = [
  {
    name: "another connection's ack: what an earlier connection brought is acknowledged on it when it has ended",
    file: `${CLIENT}/subscriptions/delivery/acks.ts`,
    find: 'this.#ended = true;',
    replace: '',
    caughtBy: ['test/unit/client/acks.test.ts'],
  },
  {
    name: 'another log: a put whose answer was lost is sent again to a server that cannot know it',
    file: `${CLIENT}/puts/puts.ts`,
    find: 'if (this.#epoch !== epoch) this.#giveUp();',
    replace: '',
    caughtBy: ['test/unit/client/puts.test.ts', 'test/unit/client/confirm.test.ts'],
  },
  {
    name: 'joined too late: an equal subscription joins one whose filters were narrowed',
    file: `${CLIENT}/subscriptions/subscription-table.ts`,
    find: 'if (!shared.isWhole || !beginsAbove(owner, shared)) continue;',
    replace: 'if (!beginsAbove(owner, shared)) continue;',
    caughtBy: ['test/unit/client/sharing.test.ts'],
  },
];
