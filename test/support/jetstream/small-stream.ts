import { randomBytes } from 'node:crypto';
import type { StreamLogOptions } from '../../../server/src/logs/jetstream/options.ts';
import { subjectsOf } from '../../../server/src/logs/jetstream/places.ts';
import type { Stream } from '../../../server/src/logs/jetstream/stream.ts';
import type { LogBounds } from '../../contract/log.contract.ts';
import type { ManualClock } from '../manual-clock.ts';

/** What a small last publication counts, about. */
const LAST_BYTES = 170;

/** What a store is opened with that is small enough for the suites' bounds, whatever its stream. */
export function smallStream(
  stream: Stream,
  clock: ManualClock,
  { lasts }: Pick<LogBounds, 'lasts'>,
  prefix = 'test',
): StreamLogOptions {
  return {
    stream,
    subjects: subjectsOf(prefix),
    incarnation: randomBytes(12).toString('hex'),
    clock,
    endOfTurn: (action) => void setImmediate(action),
    bytes: 0,
    ageMs: 0,
    lastBytes: lasts * LAST_BYTES,
    onNotice: () => undefined,
  };
}

/** A stream whose limits a test enforces by hand, when it likes. */
export interface Purged {
  /** Of its packs, oldest first. */
  readonly times: () => Promise<readonly { readonly sequence: number; readonly time: number }[]>;
  readonly dropBelow: (sequence: number) => Promise<void> | void;
}

/** Drops what is over the bounds, as a stream does by its own limits, which do not count messages or a test's hours. */
export async function enforce(
  { times, dropBelow }: Purged,
  { entries, ageMs }: LogBounds,
  now: number,
): Promise<void> {
  const held = await times();
  const old = ageMs === 0 ? 0 : held.filter(({ time }) => time <= now - ageMs).length;
  const dropped = Math.max(held.length - entries, old, 0);
  const last = held[dropped - 1];
  if (last) await dropBelow(last.sequence + 1);
}
