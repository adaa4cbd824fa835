import { NumberRanges } from '../../../server/src/zeromq/bridge/number-ranges.ts';
import { ORIGINS_MAX, Origins } from '../../../server/src/zeromq/bridge/origins.ts';
import { Topics } from '../../../server/src/zeromq/egress/topics.ts';
import { CARRIED_CHANNELS, Carried } from '../../../server/src/zeromq/ingress/carried.ts';
import { IN_FLIGHT_MAX, InFlight } from '../../../server/src/zeromq/ingress/in-flight.ts';
import { Sequences } from '../../../server/src/zeromq/ingress/sequences.ts';
import { type BoundCase, times } from '../../support/bound-case.ts';

/** Native peers and bridges. */
export const zeromqBounds: readonly BoundCase[] = [
  {
    row: 'topics of native subscribers; one of them',
    what: 'topics, their bytes, and whom a channel reaches',
    open() {
      const topics = new Topics();
      const all = times(1_000, (i) => `room${i} `);
      const bytes = all.reduce((sum, { length }) => sum + length + 16, 0);
      return {
        kept: () => ({
          topics: topics.size,
          bytes: topics.bytes,
          subscriptionsTo: topics.subscriptionsTo('room7'),
        }),
        fill: () => {
          for (const topic of all) topics.add(topic);
        },
        atBound: { topics: 1_000, bytes },
        // A second holder of a topic costs nothing more.
        more: () => {
          for (const topic of all) topics.add(topic);
        },
        letGo: () => {
          for (const topic of [...all, ...all, 'never held ']) topics.remove(topic);
        },
      };
    },
  },
  {
    row: 'native topics, nonces, appends under way',
    what: 'appends that the log has not answered, however it answers',
    open() {
      let failed = 0;
      const inFlight = new InFlight(() => failed++);
      let answers: (() => void)[] = [];
      const hand = (i: number): void =>
        inFlight.add(
          new Promise<void>((resolve, reject) => {
            answers.push(i % 2 === 0 ? resolve : () => reject(new Error('the log is full')));
          }),
        );
      return {
        kept: () => ({ isFull: Number(inFlight.isFull), waiting: answers.length }),
        fill: () => times(IN_FLIGHT_MAX, hand),
        atBound: { isFull: 1 },
        letGo: async () => {
          for (const answer of answers) answer();
          answers = [];
          await inFlight.room();
          // All of it again, and not one more.
          times(IN_FLIGHT_MAX - 1, hand);
          if (inFlight.isFull) throw new Error('an answer was not counted');
          for (const answer of answers) answer();
          answers = [];
          for (let i = 0; i < 10; i++) await Promise.resolve();
        },
      };
    },
  },
  {
    row: 'channels of a source that are kept apart for when it comes back',
    what: 'channels; of more, one report for every channel',
    open() {
      const carried = new Carried();
      let n = 0;
      return {
        kept: () => ({ channels: carried.size, isSomething: Number(!carried.isEmpty) }),
        fill: () => times(2 * CARRIED_CHANNELS, () => carried.add(`m${++n}`)),
        atBound: { channels: 0, isSomething: 1 },
        letGo: () => carried.take(),
      };
    },
  },
  {
    row: 'bridges whose publications are recognized; holes in the numbers of each',
    what: 'holes, until the numbers in them come',
    open() {
      const ranges = new NumberRanges(100);
      let newest = 0;
      ranges.see(newest);
      const skip = (): void => {
        newest += 2;
        ranges.see(newest);
      };
      return {
        kept: () => ({ ranges: ranges.count }),
        fill: () => times(200, skip),
        atBound: { ranges: 100 },
        more: () => times(50, skip),
        letGo: () => {
          for (let number = 0; number <= newest; number++) ranges.see(number);
        },
      };
    },
  },
  {
    row: 'bridges whose publications are recognized; holes in the numbers of each',
    what: 'bridges, each forgotten for a newer one',
    open() {
      const origins = new Origins('own');
      let n = 0;
      const take = (): unknown => origins.take({ bridge: `bridge ${++n}`, number: 1 });
      return {
        kept: () => ({ bridges: origins.size }),
        fill: () => times(ORIGINS_MAX, take),
        atBound: { bridges: ORIGINS_MAX },
        more: () => times(100, take),
      };
    },
  },
  {
    row: 'numbered channels followed, for each address',
    what: 'channels, each forgotten for a newer one',
    open() {
      const sequences = new Sequences(100);
      let n = 0;
      const judge = (): unknown => sequences.judge(`m${++n}`, 1, 0);
      const isKnown = (channel: string): boolean => sequences.fallsBack(channel, 0, 0);
      return {
        kept: () => ({
          channels: times(n, (i) => `m${i + 1}`).filter(isKnown).length,
          isNewestKnown: Number(isKnown(`m${n}`)),
        }),
        fill: () => times(100, judge),
        atBound: { channels: 100, isNewestKnown: 1 },
        more: () => times(50, judge),
      };
    },
  },
];
