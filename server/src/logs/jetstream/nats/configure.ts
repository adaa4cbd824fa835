import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { WINDOW_MS } from '../following/key-window.ts';
import { ANSWER_MS } from './faults.ts';
import { StreamStartFault } from './start-fault.ts';

/** While servers elect their leaders, which takes seconds, a start tries again. */
const START_MS = 20_000;

/** How a stream is kept. */
export interface StreamSettings {
  readonly name: string;
  /** The subjects that it takes. */
  readonly subjects: string;
  readonly replicas: number;
  /** Most bytes, and the oldest age in ms, of what it keeps; 0: no bound. */
  readonly bytes: number;
  readonly ageMs: number;
}

type Wish = Pick<
  StreamConfig,
  'subjects' | 'num_replicas' | 'max_bytes' | 'max_age' | 'duplicate_window' | 'deny_delete' | 'discard'
>;

/** What of a stream may be changed while it is there. */
const CHANGEABLE = ['num_replicas', 'max_bytes', 'max_age', 'duplicate_window'] as const;

function wishOf({ subjects, replicas, bytes, ageMs }: StreamSettings): Wish {
  return {
    subjects: [subjects],
    num_replicas: replicas,
    max_bytes: bytes === 0 ? -1 : bytes,
    max_age: nanos(ageMs),
    // A server refuses one that is longer than the oldest age.
    duplicate_window: nanos(ageMs === 0 ? WINDOW_MS : Math.min(ageMs, WINDOW_MS)),
    deny_delete: true,
    discard: DiscardPolicy.Old,
  };
}

/**
 * Sees to it that there is a stream as the settings say.
 * @returns what was changed of one that was there, as a sentence; undefined: nothing
 * @throws StreamStartFault
 */
export async function configure(
  manager: JetStreamManager,
  settings: StreamSettings,
  pause: () => Promise<void>,
): Promise<string | undefined> {
  const { name } = settings;
  const wish = wishOf(settings);
  const found = await answered(() => infoOf(manager, name), pause);
  if (!found) {
    const fixed = { name, retention: RetentionPolicy.Limits, storage: StorageType.File };
    await answered(() => manager.streams.add({ ...fixed, ...wish }), pause);
    return undefined;
  }
  const { config } = found;
  if (config.subjects?.join() !== wish.subjects.join())
    throw new StreamStartFault('stream', `it is there, and has the subjects ${config.subjects?.join(', ')}`);
  if (config.retention !== RetentionPolicy.Limits || config.discard !== DiscardPolicy.Old || config.mirror)
    throw new StreamStartFault('stream', 'it is there, and keeps its messages in another way than a log');
  const changed = CHANGEABLE.filter((key) => config[key] !== wish[key]);
  if (changed.length === 0) return undefined;
  const change = Object.fromEntries(changed.map((key) => [key, wish[key]]));
  await answered(() => manager.streams.update(name, change), pause);
  const said = changed.map((key) => `${key} from ${config[key]} to ${wish[key]}`);
  return `the stream ${name} was changed as the settings say: ${said.join(', ')}`;
}

/** @throws StreamStartFault where there is no such stream */
export async function requireStream(
  manager: JetStreamManager,
  name: string,
  pause: () => Promise<void>,
): Promise<undefined> {
  if (!(await answered(() => infoOf(manager, name), pause))) throw new StreamStartFault('missing', name);
}

async function infoOf(manager: JetStreamManager, name: string): Promise<StreamInfo | undefined> {
  try {
    return await manager.streams.info(name);
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound)
      return undefined;
    throw error;
  }
}

/**
 * What was answered in the end: a server may not answer, or say that another one does not, while it has no leader.
 * @throws StreamStartFault
 */
export async function answered<T>(ask: () => Promise<T>, pause: () => Promise<void>): Promise<T> {
  for (let waitedMs = 0; ; waitedMs += ANSWER_MS) {
    try {
      return await ask();
    } catch (error) {
      const { message } = error as Error;
      const isFinal = error instanceof JetStreamApiError && error.status !== 503 && error.status !== 500;
      if (isFinal) throw new StreamStartFault(faultIn(error), message, error);
      if (waitedMs >= START_MS) throw new StreamStartFault('no-jetstream', message, error);
      await pause();
    }
  }
}

/** @see https://docs.nats.io/reference/reference-protocols/nats_api_reference */
function faultIn({ code }: JetStreamApiError): 'no-jetstream' | 'stream' {
  return code === JetStreamApiCodes.JetStreamNotEnabledForAccount ? 'no-jetstream' : 'stream';
}
