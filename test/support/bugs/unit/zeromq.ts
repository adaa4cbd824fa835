import type { UnitBug } from './unit-bug.ts';

const ZEROMQ = 'server/src/zeromq';
const TESTS = 'test/unit/zeromq';

/** Native peers and bridges. */
export const zeromqBugs: readonly UnitBug[] = [
  {
    name: 'claimed is owned: a source is read though its lease has run out meanwhile',
    file: `${ZEROMQ}/ingress/shared-source.ts`,
    find: 'if (!lease.isMine || this.#isOver) return;',
    replace: 'if (this.#isOver) return;',
    caughtBy: [`${TESTS}/ingress/shared-source.test.ts`],
  },
  {
    name: 'slab kept alive: a small publication that waits for a native peer is not copied',
    file: `${ZEROMQ}/egress/egress.ts`,
    find: 'view.buffer.byteLength > 2 * view.length ? Buffer.from(view) : view',
    replace: 'view',
    caughtBy: ['test/unit/zeromq/egress/egress.test.ts'],
  },
  {
    name: 'one number too low: the highest number that was forgotten is taken again',
    file: `${ZEROMQ}/bridge/number-ranges.ts`,
    find: 'number <= this.#forgottenTo',
    replace: 'number < this.#forgottenTo',
    caughtBy: ['test/unit/zeromq/bridge/number-ranges.test.ts'],
  },
  {
    name: 'in flight for ever: a message that the log rejects counts as not answered',
    file: `${ZEROMQ}/ingress/in-flight.ts`,
    find: 'if (error !== undefined) this.#failed(error);',
    replace: 'if (error !== undefined) return this.#failed(error);',
    caughtBy: ['test/unit/bounds/bounds.test.ts'],
  },
  {
    name: 'every copy is new: what comes by a second way is taken again',
    file: `${ZEROMQ}/bridge/origins.ts`,
    find: 'return this.#rangesOf(bridge).see(number);',
    replace: "this.#rangesOf(bridge).see(number);\n    return 'new';",
    caughtBy: [`${TESTS}/bridge/origins.test.ts`, `${TESTS}/bridge/relay-reader.test.ts`],
  },
  {
    name: 'forgotten is new: what lies below the remembered holes goes round again',
    file: `${ZEROMQ}/bridge/number-ranges.ts`,
    find: "if (number <= this.#forgottenTo) return 'unsure';",
    replace: '',
    caughtBy: [`${TESTS}/bridge/number-ranges.test.ts`],
  },
  {
    name: 'a hole is taken for what was seen: a late publication is lost',
    file: `${ZEROMQ}/bridge/number-ranges.ts`,
    find: 'if (after !== undefined && number >= after.from) return false;',
    replace: 'if (after !== undefined && number >= after.from - 1) return false;',
    caughtBy: [`${TESTS}/bridge/number-ranges.test.ts`],
  },
  {
    name: 'silent link: places that are left out are no loss',
    file: `${ZEROMQ}/bridge/links.ts`,
    find: 'const lost = from > link.place;',
    replace: 'const lost = false;',
    caughtBy: [`${TESTS}/bridge/links.test.ts`, `${TESTS}/ingress/losses.test.ts`],
  },
  {
    name: 'an end that says nothing: each restart of a bridge is a loss',
    file: `${ZEROMQ}/bridge/links.ts`,
    find: 'if (link) link.isSettled = true;',
    replace: '',
    caughtBy: [`${TESTS}/ingress/losses.test.ts`],
  },
  {
    name: 'a circle for good: once entered it is never left',
    file: `${ZEROMQ}/bridge/circle.ts`,
    find: 'clock.later(CIRCLE_GONE_MS, () => this.gone()),',
    replace: '',
    caughtBy: [`${TESTS}/bridge/circle.test.ts`],
  },
  {
    name: 'natives hear bridges: who subscribes to everything is sent what bridges send each other',
    file: `${ZEROMQ}/egress/subscriptions.ts`,
    find: 'for (const byte of FIRST_BYTES) peer.subscribe(byte);',
    replace: 'peer.subscribe(topic);',
    caughtBy: [`${TESTS}/egress/subscriptions.test.ts`],
  },
  {
    name: 'too much given up: who leaves everything loses the topic of one byte that it still holds',
    file: `${ZEROMQ}/egress/subscriptions.ts`,
    find: 'if (!mayBeNeeded) peer.unsubscribe(each);',
    replace: 'peer.unsubscribe(each);',
    caughtBy: [`${TESTS}/egress/subscriptions.test.ts`],
  },
  {
    name: 'bytes without a bound: the mark is never lowered',
    file: `${ZEROMQ}/egress/waiting-bytes.ts`,
    find: 'return this.#excess > this.#bytes / 2;',
    replace: 'return false;',
    caughtBy: [`${TESTS}/egress/waiting-bytes.test.ts`],
  },
  {
    name: 'topics for ever: what nobody holds any more still counts',
    file: `${ZEROMQ}/egress/topics.ts`,
    find: 'this.#bytes -= topic.length + TOPIC_OVERHEAD_BYTES;',
    replace: '',
    caughtBy: [`${TESTS}/egress/topics.test.ts`],
  },
  {
    name: 'subscriptions mixed up: those behind a message that is none are believed',
    file: `${ZEROMQ}/egress/notices.ts`,
    find: "if (isNotice && this.#isMixedUp) return ['upstream-messages', {}];",
    replace: '',
    caughtBy: [`${TESTS}/egress/notices.test.ts`],
  },
  {
    name: 'the rest is silent: of many channels of a source that returns, some are not reported',
    file: `${ZEROMQ}/ingress/carried.ts`,
    find: "const concerned = this.#isMore ? 'every' : [...this.#channels];",
    replace: 'const concerned = [...this.#channels];',
    caughtBy: [`${TESTS}/ingress/losses.test.ts`],
  },
  {
    name: 'for nobody: a gap that stands for every channel is delivered to no one',
    file: 'server/src/core/filter-index.ts',
    find: 'if (channel === EVERY_CHANNEL) {',
    replace: "if (channel === EVERY_CHANNEL + ' ') {",
    caughtBy: ['test/unit/core/filter-index.test.ts'],
  },
];
