import { EVERY_CHANNEL, ZerospanError } from '@zerospan/shared';
import { describe, expect, it, vi } from 'vitest';
import { LogIntake, REJECTED_CHANNELS } from '../../../server/src/compose/native/log-intake.ts';
import type { Append, Log } from '../../../server/src/core/log/log.ts';
import { Superseded } from '../../../server/src/core/log/puts/superseded.ts';
import { TestBus } from '../../support/core.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const one = Buffer.from('1');
const failed = new ZerospanError('log-failed');

function scene(isLate = true) {
  const bus = new TestBus({ isLate });
  const intake = new LogIntake(bus.late, bus.clock);
  const seen: string[] = [];
  bus.log.follow(({ kind, channel, text }) => {
    if (kind === 'publication') seen.push(channel);
    else
      seen.push(
        `gap ${channel} ${(JSON.parse(text.toString()) as { gap: { missed: number | null } }).gap.missed}`,
      );
  });
  const answers: unknown[] = [];
  const asked = { answered: (_: number, error?: unknown) => void answers.push(error) };
  const take = (channel: string) => intake.take(channel, one, false, undefined, asked);
  /** The log does all that it was asked, or rejects it. */
  const all = async (act: () => boolean): Promise<void> => {
    while (act());
    while (bus.late.answerNext());
    await bus.settle();
  };
  const reject = (error: ZerospanError) => all(() => bus.late.rejectNext(error));
  const append = () => all(() => bus.late.appendNext());
  return { bus, intake, seen, answers, take, reject, append };
}

describe('what comes from ZeroMQ', () => {
  it('is answered with nothing by a log that has it done at once', () => {
    const { intake, seen, take, answers } = scene(false);
    expect([take('a'), intake.lost(['a'], 1)]).toEqual([false, undefined]);
    expect([seen, answers]).toEqual([['a', 'gap a 1'], []]);
  });

  it('and was rejected by a log that fails is reported with its number before the next message', async () => {
    const { take, seen, answers, reject, append, intake } = scene();
    for (const channel of ['a', 'b', 'a', 'a']) expect(take(channel)).toBe(true);
    await reject(failed);
    expect([seen, intake.unreported, answers]).toEqual([[], 2, [failed, failed, failed, failed]]);
    take('c');
    await append();
    expect(answers.slice(4)).toEqual([undefined]);
    expect(seen).toEqual(['gap a 3', 'gap b 1', 'c']);
    take('a');
    await append();
    expect([seen.at(-1), seen.length, intake.unreported]).toEqual(['a', 4, 0]);
  });

  it('goes on being counted while the log fails, the reports with it', async () => {
    const { take, seen, reject, append } = scene();
    for (let i = 0; i < 3; i++) {
      take('a');
      await reject(failed);
    }
    take('b');
    await append();
    expect(seen).toEqual(['gap a 3', 'b']);
  });

  it('is reported without another message once the log takes something again', async () => {
    const { bus, take, seen, reject, append, intake } = scene();
    const before = bus.clock.pending;
    bus.late.become('failed');
    take('a');
    await reject(failed);
    bus.clock.advance(60_000);
    expect([bus.late.appending, intake.unreported]).toEqual([0, 1]);
    bus.late.become('reachable');
    bus.clock.advance(1_000);
    // It fails once more, and does not say so.
    await reject(failed);
    bus.clock.advance(1_000);
    await append();
    expect([seen, intake.unreported]).toEqual([['gap a 1'], 0]);
    bus.clock.advance(60_000);
    expect([bus.late.appending, bus.clock.pending]).toEqual([0, before]);
  });

  it('waits for the next message, and for no timer, once it is stopped', async () => {
    const { bus, take, seen, reject, append, intake } = scene();
    const before = bus.clock.pending;
    take('a');
    await reject(failed);
    intake.stop();
    expect(bus.clock.pending).toBe(before);
    take('a');
    await reject(failed);
    expect(bus.clock.pending).toBe(before);
    take('b');
    await append();
    expect(seen).toEqual(['gap a 2', 'b']);
  });

  it('is counted as well where the log fails in the very call', async () => {
    const { bus, intake, seen, take, append } = scene();
    const broken = (['take', 'appendGap'] as const).map((method) =>
      vi.spyOn(bus.late, method).mockImplementation(() => {
        throw failed;
      }),
    );
    for (let i = 0; i < 2; i++) {
      expect(() => take('a')).toThrow(failed);
      await bus.settle();
    }
    expect(() => intake.lost(['b'], 3)).toThrow(failed);
    for (const method of broken) method.mockRestore();
    take('c');
    await append();
    expect(seen).toEqual(['gap a 2', 'gap b 3', 'c']);
  });

  it('is reported as lost, in a number that nobody knows, where it may have been appended', async () => {
    const { take, seen, reject, append } = scene();
    take('a');
    await reject(new ZerospanError('outcome-unknown'));
    take('a');
    await append();
    expect(seen).toEqual(['gap a null', 'a']);
  });

  it('is reported as lost, in a number that nobody knows, where another node reads its source', async () => {
    const { take, seen, reject, append } = scene();
    take('a');
    take('a');
    await reject(new Superseded(7));
    take('b');
    await append();
    expect(seen).toEqual(['gap a null', 'b']);
  });

  it('carries its fence into the log', () => {
    const taken: (number | undefined)[] = [];
    const log = { take: ({ fence }: Append) => taken.push(fence) > 0 };
    const intake = new LogIntake(log as unknown as Log, new ManualClock());
    const asked = { answered: () => undefined };
    intake.take('a', one, true, undefined, asked, 7);
    intake.take('a', one, true, undefined, asked);
    expect(taken).toEqual([7, undefined]);
  });

  it('is no loss where the log does not take its channel', async () => {
    const { take, seen, reject, append } = scene();
    take('a');
    await reject(new ZerospanError('too-many-names'));
    take('b');
    await append();
    expect(seen).toEqual(['b']);
  });

  it('is counted for each channel up to a limit; beyond it, one gap stands for all', async () => {
    const { take, seen, reject, append, intake } = scene();
    for (let i = 0; i < REJECTED_CHANNELS; i++) take(`c${i}`);
    await reject(failed);
    expect(intake.unreported).toBe(REJECTED_CHANNELS);
    take('one more');
    await reject(failed);
    expect(intake.unreported).toBe(1);
    take('a');
    await append();
    expect(seen).toEqual([`gap ${EVERY_CHANNEL} ${REJECTED_CHANNELS + 1}`, 'a']);
  });
});
