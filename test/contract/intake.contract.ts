import { EVERY_CHANNEL } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import type { Intake } from '../../server/src/zeromq/ports.ts';

/** What came out of an intake: a message, or a gap of one channel. */
export type Came =
  | {
      readonly channel: string;
      readonly text: string;
      readonly republish: boolean;
      readonly origin?: string | undefined;
    }
  | { readonly channel: string; readonly missed: number | null };

export interface IntakeUnderTest {
  readonly intake: Intake;
  /** In the order of their places. */
  readonly came: () => readonly Came[];
}

const bytes = (text: string): Buffer => Buffer.from(text);

/** Hands a message over, and resolves when it is answered. */
function taken(
  intake: Intake,
  channel: string,
  payload: Uint8Array,
  republish: boolean,
  origin?: string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let answers = 0;
    const isUnderWay = intake.take(channel, payload, republish, origin, {
      answered: (payloadBytes, error) => {
        expect([payloadBytes, ++answers]).toEqual([payload.byteLength, 1]);
        if (error === undefined) resolve();
        else reject(error as Error);
      },
    });
    expect(answers).toBe(0);
    if (!isUnderWay) resolve();
  });
}

/** The sentences of the `Intake` port, for any implementation. */
export function intakeContract(name: string, make: () => IntakeUnderTest | Promise<IntakeUnderTest>): void {
  describe(`Intake: ${name}`, () => {
    it('gives messages and losses places in the order of the calls, which do not wait for each other', async () => {
      const { intake, came } = await make();
      await Promise.all([
        taken(intake, 'a', bytes('1'), true),
        taken(intake, 'b', bytes('2'), true),
        intake.lost(['b', 'a'], 3),
        taken(intake, 'a', bytes('4'), true),
        intake.lost('every', null),
        taken(intake, 'b', bytes('5'), true),
      ]);
      const story = came().map((each) => ('text' in each ? `${each.channel} ${each.text}` : each));
      expect(story).toEqual([
        'a 1',
        'b 2',
        { channel: 'b', missed: 3 },
        { channel: 'a', missed: 3 },
        'a 4',
        { channel: EVERY_CHANNEL, missed: null },
        'b 5',
      ]);
    });

    it('keeps nothing of the payload beyond its answer', async () => {
      const { intake, came } = await make();
      const payload = bytes('"once"');
      await taken(intake, 'a', payload, true);
      payload.fill('x');
      expect(came()).toMatchObject([{ text: '"once"' }]);
    });

    it('gives out again where a message came from, and whether it is republished', async () => {
      const { intake, came } = await make();
      await Promise.all([
        taken(intake, 'a', bytes('1'), false),
        taken(intake, 'a', bytes('2'), true, 'bridge 7'),
        taken(intake, 'a', bytes('3'), true),
      ]);
      const from = came().map((each) => ('text' in each ? [each.republish, each.origin] : each));
      expect(from).toEqual([
        [false, undefined],
        [true, 'bridge 7'],
        [true, undefined],
      ]);
    });
  });
}
