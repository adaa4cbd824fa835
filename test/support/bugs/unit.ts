import type { Bug } from './bug.ts';
import { costBugs } from './cost.ts';
import { zeromqBugs } from './zeromq.ts';

/** A bug that random scripts of the model cannot reach, and the tests that must fail with it. */
export interface UnitBug extends Bug {
  /** Files of tests, from the top of the repository; with the bug, some of their tests pass. */
  readonly caughtBy: readonly string[];
}

const CORE = 'server/src/core';
const MEMORY = 'server/src/logs/memory';
const WEB = 'server/src/web';

/** Each was once put into the code, and the whole suite passed. */
export const unitBugs: readonly UnitBug[] = [
  {
    name: 'revoked and admitted: a session enters although its access ended while its losses were looked up',
    file: `${CORE}/conversation/conversation.ts`,
    find: "if (this.#state.kind !== 'entering') return;\n    const { clients }",
    replace: 'const { clients }',
    caughtBy: ['test/unit/core/resume-window.test.ts'],
  },
  {
    name: 'second loss: a client that is lost again forgets what it was asked before the first loss',
    file: `${CORE}/receipts/receipts.ts`,
    find: 'const away = this.#away.get(client) ?? new Witnesses(',
    replace: 'const away = new Witnesses(',
    caughtBy: ['test/unit/core/receipts.test.ts'],
  },
  {
    name: 'confirmed first: who got a put is said before the put is accepted',
    file: `${CORE}/conversation/requests.ts`,
    find: 'await this.#putAnswers;\n',
    replace: '',
    caughtBy: ['test/unit/core/receipts.test.ts'],
  },
  {
    name: 'last publications beyond their bound: packing keeps the places of what is gone, and none of what is held',
    file: `${MEMORY}/lasts.ts`,
    find: 'filter(({ last }) => last)',
    replace: 'filter(({ last }) => !last)',
    caughtBy: ['test/unit/logs/lasts.test.ts', 'test/unit/logs/held.test.ts'],
  },
  {
    name: 'names for ever: a channel of which nothing is held still counts for its user',
    file: `${MEMORY}/channels.ts`,
    find: 'this.#named.release(channel.user);',
    replace: '',
    caughtBy: ['test/unit/logs/names.test.ts'],
  },
  {
    name: 'no share: who keeps too much lets the oldest of all go, not its own',
    file: `${CORE}/sharing/fair-queue.ts`,
    find: 'this.#share.isOver(user) ? this.#byUser.get(user) : undefined',
    replace: 'this.#share.isOver(user) ? this.#all : undefined',
    caughtBy: ['test/unit/core/sharing/fair-queue.test.ts', 'test/unit/logs/remembered.test.ts'],
  },
  {
    name: 'forgotten for all: a user that puts too much makes the puts of others unknown',
    file: `${MEMORY}/forgotten.ts`,
    find: 'else this.#byUser.set(user, atMs);',
    replace: 'else this.aged(atMs);',
    caughtBy: ['test/unit/logs/forgotten.test.ts', 'test/unit/logs/remembered.test.ts'],
  },
  {
    name: 'log in debt: a put is appended before its bytes are there',
    file: `${CORE}/conversation/log-rations.ts`,
    find: 'ration.waiting.size === 0 && ration.bucket.has(bytes)',
    replace: 'ration.waiting.size === 0 && ration.bucket.has(0)',
    caughtBy: ['test/unit/core/rations.test.ts'],
  },
  {
    name: 'more connections, more log: each session has bytes of its own',
    file: `${CORE}/conversation/requests.ts`,
    find: '.rations.take(this.#user, ',
    replace: '.rations.take(this.#visitor.session, ',
    caughtBy: ['test/unit/core/rations.test.ts'],
  },
  {
    name: 'held once: a link that two paces hold is read when the first of them lets it',
    file: `${CORE}/pace.ts`,
    find: 'if (this.#holds === 0) this.#valve.release();',
    replace: 'this.#valve.release();',
    caughtBy: ['test/unit/core/rations.test.ts'],
  },
  {
    name: 'receipts for ever: what a receipt took is never given back',
    file: `${CORE}/receipts/receipts.ts`,
    find: 'this.#share.release(user, receipt.bytes);',
    replace: '',
    caughtBy: ['test/unit/core/receipts-bound.test.ts'],
  },
  {
    name: 'answers for ever: those of receipts are kept beyond their bound',
    file: `${CORE}/receipts/receipts.ts`,
    find: 'this.#latest.makeRoom(user);',
    replace: '',
    caughtBy: ['test/unit/core/receipts-bound.test.ts'],
  },
  {
    name: 'skipped and confirmed: a publication that was skipped counts as confirmed by a later ack',
    file: `${CORE}/receipts/places.ts`,
    find: 'if (isReached) unconfirmed[place]',
    replace: 'if (!isReached) unconfirmed[place]',
    caughtBy: ['test/unit/core/receipts-bound.test.ts'],
  },
  {
    name: 'filters for ever: those of a session that has ended still count for its user',
    file: `${CORE}/session/session.ts`,
    find: 'this.#list.remove(this.#list.all);',
    replace: '',
    caughtBy: ['test/unit/core/filters-per-user.test.ts'],
  },
  {
    name: 'lines of one: an address that floods the log hides what the others do',
    file: 'server/src/log-throttle.ts',
    find: 'this.#lines.take(source);',
    replace: "this.#lines.take('');",
    caughtBy: ['test/unit/access/security-events.test.ts'],
  },
  {
    name: 'networks kept: the limiter forgets no address that has left',
    file: `${WEB}/crowd.ts`,
    find: 'this.#networks.delete(socket);',
    replace: '',
    caughtBy: ['test/unit/web/crowd.test.ts'],
  },
  {
    name: 'slab kept alive: a small frame that waits in a socket is not copied',
    file: `${WEB}/link.ts`,
    find: 'this.#mayWait && isSparse(frame) ? Buffer.from(frame) : frame',
    replace: 'frame',
    caughtBy: ['test/unit/web/link.test.ts'],
  },
  {
    name: 'request kept: a socket holds the response of its upgrade for as long as it is open',
    file: `${WEB}/upgrades.ts`,
    find: 'this.#responses.get(request)?.detachSocket(request.socket);',
    replace: '',
    caughtBy: ['test/integration/plugin.test.ts'],
  },
  ...zeromqBugs,
  ...costBugs,
];
