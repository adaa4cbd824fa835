import { ZerospanError } from '@zerospan/shared';
import { PUTS_PENDING_BYTES, Puts } from '../../../client/src/puts/puts.ts';
import { Parcel } from '../../../client/src/subscriptions/delivery/acks.ts';
import { Budget } from '../../../client/src/subscriptions/delivery/budget.ts';
import { Queue } from '../../../client/src/subscriptions/delivery/queue.ts';
import { Newest } from '../../../client/src/view/newest.ts';
import { type BoundCase, times } from '../../support/bound-case.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const WINDOW_BYTES = 1_000;

/** A payload, and how many puts of it may wait. */
const TEXT = `"${'x'.repeat(50_000)}"`;
const PUTS = Math.floor(PUTS_PENDING_BYTES / (TEXT.length + 50));

/** What a client holds of a bus. */
export const clientBounds: readonly BoundCase[] = [
  {
    row: 'queues of one bus of a client, together',
    what: 'bytes of all queues, and publications of each, until they are read',
    open() {
      const budget = new Budget(WINDOW_BYTES);
      const queues = times(3, () => new Queue({ publications: 40, bytes: 100_000 }, budget, () => []));
      let offset = 0;
      let unreleased = 0;
      const come = (): void => {
        unreleased++;
        const parcel = new Parcel(10, ++offset, () => unreleased--);
        const publication = { epoch: 'e1', offset, time: 1, channel: 'room', text: '1', message: 1 };
        for (const queue of queues) queue.push(publication as never, parcel);
        parcel.release();
        budget.keep();
      };
      return {
        kept: () => ({
          bytes: budget.heldBytes,
          ofQueues: queues.reduce((sum, { bytes }) => sum + bytes, 0),
          unreleased,
          filled: queues.filter(({ empty }) => !empty).length,
        }),
        // Each holds at most 40 of 10 bytes; what all of them hold counts once.
        fill: () => times(100, come),
        atBound: { bytes: 400, ofQueues: 1_200, unreleased: 40, filled: 3 },
        more: () => times(20, come),
        letGo: () => {
          for (const queue of queues) while (queue.shift() !== undefined);
        },
      };
    },
  },
  {
    row: 'queues of one bus of a client, together',
    what: 'bytes of queues that hold nothing in common',
    open() {
      const budget = new Budget(WINDOW_BYTES);
      const queues = times(3, () => new Queue({ publications: 1_000, bytes: 100_000 }, budget, () => []));
      let offset = 0;
      const come = (i: number): void => {
        const parcel = new Parcel(10, ++offset, () => {});
        const publication = { epoch: 'e1', offset, time: 1, channel: 'room', text: '1', message: 1 };
        queues[i % 3]?.push(publication as never, parcel);
        parcel.release();
        budget.keep();
      };
      return {
        kept: () => ({ bytes: budget.heldBytes, filled: queues.filter(({ empty }) => !empty).length }),
        fill: () => times(300, come),
        atBound: { bytes: (WINDOW_BYTES * 3) / 4, filled: 3 },
        more: () => times(30, come),
        letGo: () => {
          for (const queue of queues) while (queue.shift() !== undefined);
        },
      };
    },
  },
  {
    row: 'pending puts of a client, queue of a subscriber',
    what: 'bytes of puts, until they are settled',
    open() {
      const puts = new Puts(new ManualClock());
      let [pending, refused] = [0, 0];
      const given = new AbortController();
      let signal = given.signal;
      let abort = (): void => given.abort();
      const put = (): void => {
        pending++;
        puts.put(['room'], { text: TEXT, signal }).catch((error: unknown) => {
          pending--;
          if (error instanceof ZerospanError && error.code === 'queue-full') refused++;
        });
      };
      const settled = async (): Promise<void> => {
        for (let i = 0; i < 10; i++) await Promise.resolve();
      };
      return {
        kept: () => ({ pending, refused }),
        fill: async () => {
          times(PUTS, put);
          await settled();
        },
        atBound: { pending: PUTS },
        more: async () => {
          times(10, put);
          await settled();
          if (refused !== 10) throw new Error(`${refused} of 10 were refused`);
        },
        letGo: async () => {
          abort();
          await puts.idle();
          await settled();
          refused = 0;
          const next = new AbortController();
          signal = next.signal;
          abort = () => next.abort();
        },
      };
    },
  },
  {
    row: 'channels that one view shows',
    what: 'channels, until a load no longer names them',
    open() {
      const newest = new Newest(50);
      let offset = 0;
      const come = (): void => {
        offset++;
        newest.take({ epoch: 'e1', offset, time: 1, channel: `c${offset}`, text: '1', message: 1 });
      };
      return {
        kept: () => ({ channels: newest.entries.size }),
        fill: () => times(200, come),
        atBound: { channels: 50 },
        more: () => times(50, come),
        letGo: () => {
          newest.loads();
          newest.hasLoaded();
        },
      };
    },
  },
];
