import { EVERY_CHANNEL } from '@zerospan/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../server/src/core/log/log.ts';
import type { KnownChannels } from '../../server/src/core/observing/known-channels.ts';
import type { LogBounds, LogUnderTest } from './log.contract.ts';

const appends = fc.array(
  fc.record({
    channel: fc.constantFrom('a', 'b', 'ba', '$s', EVERY_CHANNEL),
    isGap: fc.boolean(),
    passMs: fc.nat(300),
  }),
  { maxLength: 40 },
);

type WithChannels = LogUnderTest & {
  readonly log: LogUnderTest['log'] & { readonly catalog: KnownChannels };
};

/** The sentences of the `KnownChannels` port, beside somebody who has followed the log. */
export function knownChannelsContract(
  name: string,
  make: (bounds: LogBounds) => WithChannels | Promise<WithChannels>,
): void {
  describe(`KnownChannels: ${name}`, () => {
    it('are those that had entries, each with its last publication, over random logs', async () => {
      await fc.assert(
        fc.asyncProperty(appends, async (all) => {
          const { log, clock } = await make({ entries: 100, lasts: 0, ageMs: 0 });
          const entries: (Entry & { readonly atMs: number })[] = [];
          log.follow((entry) => entries.push(Object.assign(entry, { atMs: clock.elapsed() })));
          for (const { channel, isGap, passMs } of all) {
            clock.advance(passMs);
            if (isGap || channel === EVERY_CHANNEL) await log.appendGap({ channels: [channel], missed: 1 });
            else await log.append({ channels: [channel], payload: Buffer.from('1'), republish: true });
          }
          const { catalog } = log;
          const { from } = catalog;
          const of = (channel: string) => entries.filter((entry) => entry.channel === channel);
          const publications = (channel: string) => of(channel).filter(({ kind }) => kind === 'publication');
          const known = [...catalog.all()].filter((channel) => channel.name !== EVERY_CHANNEL);
          const names = new Set(
            entries.map(({ channel }) => channel).filter((each) => each !== EVERY_CHANNEL),
          );
          expect(known.map((channel) => channel.name).toSorted()).toEqual([...names].toSorted());
          for (const channel of known) {
            const held = of(channel.name).filter(({ offset }) => offset > from);
            expect(catalog.get(channel.name)).toBe(channel);
            expect(catalog.lastOf(channel)).toBe(publications(channel.name).at(-1)?.offset ?? 0);
            expect([channel.entries, channel.oldest]).toEqual([held.length, held[0]?.offset]);
            const counted = held.filter(({ kind }) => kind === 'publication').length;
            expect(channel.countAbove(from)).toBe(counted);
          }
          for (const { offset, time, atMs } of entries) {
            if (offset > from) expect(catalog.timeAt(offset)).toBe(time);
            expect(catalog.offsetBefore(atMs)).toBeLessThan(offset);
          }
          expect(catalog.get('never')).toBeUndefined();
        }),
        { numRuns: 200 },
      );
    });
  });
}
