import type { UnitBug } from './unit-bug.ts';

const CLIENT = 'client/src';

/** The client. */
export const clientBugs: readonly UnitBug[] = [
  {
    name: 'from one to the next: every server whose log is away is left as soon as the first',
    file: `${CLIENT}/connection/away.ts`,
    find: 'Math.min(this.#stayMs * 2, STAY_MS.most)',
    replace: 'STAY_MS.first',
    caughtBy: ['test/unit/client/away.test.ts'],
  },
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
  {
    name: 'older than the question: what came on a channel before the question counts as its answer',
    file: `${CLIENT}/poll/answers.ts`,
    find: 'epoch === asked.epoch ? offset <= asked.offset : !this.#endedEpochs.has(asked.epoch)',
    replace: 'epoch !== asked.epoch && !this.#endedEpochs.has(asked.epoch)',
    caughtBy: ['test/unit/client/poll/poll.test.ts', 'test/unit/client/poll/poll.property.test.ts'],
  },
  {
    name: 'missing for sure: a channel that a gap touched counts as one that did not answer',
    file: `${CLIENT}/poll/answers.ts`,
    find: 'return this.#touched.has(channel) || (',
    replace: 'return (',
    caughtBy: ['test/unit/client/poll/poll.test.ts', 'test/unit/client/poll/poll.property.test.ts'],
  },
  {
    name: 'shown for ever: a view keeps what its log has lost, though a newer one may be lost with it',
    file: `${CLIENT}/view/newest.ts`,
    find: 'if (loaded.has(channel)) continue;',
    replace: 'if (loaded.size >= 0) continue;',
    caughtBy: ['test/unit/client/view/view.test.ts', 'test/unit/client/view/view.property.test.ts'],
  },
  {
    name: 'current too early: a view is current when its subscription is granted, not at the head',
    file: `${CLIENT}/subscriptions/position-tracker.ts`,
    find: 'if (this.#offset !== undefined && this.#offset >= this.#head) {',
    replace: 'if (this.#offset !== undefined) {',
    caughtBy: ['test/unit/client/view/view.test.ts'],
  },
];
