import { EVERY_CHANNEL } from '@zerospan/shared';
import { LogIntake } from '../../server/src/compose/native/log-intake.ts';
import type { Entry, Log } from '../../server/src/core/log/log.ts';
import { StoredLog } from '../../server/src/core/log/stored-log.ts';
import { MemoryLog } from '../../server/src/logs/memory/index.ts';
import { ArrayStore } from '../support/array-store.ts';
import { lateBy } from '../support/late-store.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { Taken } from '../support/zeromq.ts';
import { type Came, type IntakeUnderTest, intakeContract } from './intake.contract.ts';

const BOUNDS = { bytes: 1e6, lastBytes: 1e5, ageMs: 0 };

function cameOf({ kind, channel, text, nativeAt, republish, origin }: Entry): Came {
  if (kind === 'gap') {
    const { gap } = JSON.parse(text.toString()) as { gap: { missed: number | null } };
    return { channel, missed: gap.missed };
  }
  const payload = text.toString('utf8', nativeAt + Buffer.byteLength(channel) + 1);
  return { channel, text: payload, republish, origin };
}

function over(log: Log): IntakeUnderTest {
  const came: Came[] = [];
  log.follow((entry) => came.push(cameOf(entry)));
  return { intake: new LogIntake(log, new ManualClock()), came: () => came };
}

intakeContract('the log in memory', () => over(new MemoryLog({ clock: new ManualClock(), ...BOUNDS })));

intakeContract('a log that is late', async () => {
  const clock = new ManualClock();
  const store = new ArrayStore({ clock, entries: 100, lasts: 10, ageMs: 0, later: lateBy(5) });
  return over(await StoredLog.open(store, { clock, bytes: BOUNDS.bytes, ageMs: 0 }));
});

intakeContract('the fake of tests', () => {
  const intake = new Taken();
  const came = (): Came[] =>
    intake.came.map((each) =>
      'missed' in each && each.channel === '(every channel)' ? { ...each, channel: EVERY_CHANNEL } : each,
    );
  return { intake, came };
});
