import type { Gap } from '@zerospan/client';
import { FAULT_NAMES, type FaultName } from './faults.ts';
import type { Scale } from './world.ts';

/** Faults that come together in one run, and what they meet. */
export interface Mix {
  readonly name: string;
  readonly faults: readonly FaultName[];
  /** As many faults at a time. Default 1. */
  readonly lanes?: number;
  readonly scale?: Partial<Scale>;
  /** Default true: the log holds everything, so that nothing of a log that goes on may be missing. */
  readonly holdsHistory?: boolean;
  /** Gaps without which it did not do what it is for. */
  readonly describes?: readonly Gap['reason'][];
  /** Gaps that nobody may be told of. */
  readonly forbids?: readonly Gap['reason'][];
}

/** A log that survives its server. */
const DISK: Partial<Scale> = { log: { kind: 'disk', hotBytes: 100_000 } };

/** Less than a second of what goes by. */
const SHORT_LOG: Partial<Scale> = {
  log: { bytes: 100_000, lastBytes: 20_000 },
  padBytes: 300,
  windowBytes: 32 * 1024,
};

/** A window that is full after half a second in which nothing is read, or acknowledged. */
const SMALL_WINDOW: Partial<Scale> = { padBytes: 800, windowBytes: 32 * 1024 };

export const MIXES: readonly Mix[] = [
  { name: 'cuts', faults: ['cut', 'away'] },
  { name: 'resets', faults: ['reset', 'unheard'] },
  { name: 'stalls', faults: ['stall', 'stall-answers'], scale: SMALL_WINDOW, describes: ['lag'] },
  { name: 'slow', faults: ['slow', 'slice'], scale: SMALL_WINDOW },
  { name: 'half-open', faults: ['blackhole-up', 'blackhole-down'] },
  { name: 'blackholes', faults: ['blackhole', 'cut'] },
  { name: 'frozen-clients', faults: ['freeze', 'reset'], scale: SMALL_WINDOW },
  { name: 'native-restarts', faults: ['native', 'cut'], describes: ['upstream'] },
  { name: 'kills', faults: ['kill'], describes: ['restart'] },
  { name: 'drains', faults: ['drain'], describes: ['restart'] },
  { name: 'kills-and-cuts', faults: ['kill', 'away', 'reset', 'stall'], lanes: 2 },
  { name: 'drains-and-stalls', faults: ['drain', 'stall', 'slow', 'blackhole-down'], lanes: 2 },
  {
    name: 'short-log',
    faults: ['away', 'stall', 'freeze', 'slow'],
    scale: SHORT_LOG,
    holdsHistory: false,
    describes: ['retention', 'lag'],
  },
  {
    name: 'short-log-kills',
    faults: ['kill', 'drain', 'away', 'stall', 'reset'],
    lanes: 2,
    scale: SHORT_LOG,
    holdsHistory: false,
  },
  { name: 'disk-kills', faults: ['kill'], scale: DISK, forbids: ['restart'] },
  {
    name: 'disk-ends-and-cuts',
    faults: ['kill', 'drain', 'away', 'reset', 'stall'],
    lanes: 2,
    scale: DISK,
    forbids: ['restart'],
  },
  { name: 'everything', faults: FAULT_NAMES, lanes: 2 },
  { name: 'everything-short', faults: FAULT_NAMES, lanes: 3, scale: SHORT_LOG, holdsHistory: false },
];

/**
 * What every run of the tests meets: an end of each kind, two faults at a time, a log that is too short, and all
 * together.
 */
const ESSENTIAL_NAMES = [
  'kills-and-cuts',
  'drains-and-stalls',
  'short-log',
  'everything',
  'disk-ends-and-cuts',
];

export const ESSENTIAL: readonly Mix[] = ESSENTIAL_NAMES.map(mixOf);
/** Those of the long suite. */
export const OTHERS: readonly Mix[] = MIXES.filter((mix) => !ESSENTIAL.includes(mix));

/** For hours: whatever happens to a server that stays. The log is small enough to be full after some minutes. */
export const SOAK: Mix = {
  name: 'soak',
  faults: FAULT_NAMES.filter((name) => name !== 'kill' && name !== 'drain'),
  scale: { log: { bytes: 8 * 1024 * 1024 } },
};

export function mixOf(name: string): Mix {
  const mix = MIXES.find((each) => each.name === name);
  if (mix === undefined)
    throw new RangeError(`no mix is called ${name}; there are ${MIXES.map((each) => each.name).join(', ')}`);
  return mix;
}
