// A process that sends more than its one subscriber reads, closes, and has nothing left to do.
import { systemClock } from '@zerospan/shared';
import { Context } from 'zeromq';
import { LoopGuard } from '../../server/src/zeromq/bridge/loop-guard.ts';
import { Egress } from '../../server/src/zeromq/egress/egress.ts';
import { until } from './until.ts';
import { entryOf, Lines, WITHOUT_CURVE } from './zeromq.ts';

const out = Egress.open({
  context: new Context({ blocky: false }),
  address: 'tcp://127.0.0.1:*',
  framing: 'single',
  highWaterMark: 50_000,
  waitingBytes: 1 << 30,
  topicBytes: 1 << 20,
  largestBytes: 65_536,
  guard: new LoopGuard({ clock: systemClock }),
  curve: WITHOUT_CURVE,
  logger: new Lines(),
  clock: systemClock,
});
process.stdout.write(`${out.address}\n`);
await until('the subscriber', () => out.nativeSubscriptions('x') === 1);
for (let i = 0; i < 40_000; i++) out.send(entryOf('room1', `"${'x'.repeat(1_000)}"`));
await out.close(500);
process.stdout.write('closed\n');
