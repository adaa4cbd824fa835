/**
 * Fills a directory with puts that have keys, in this process: over the wire it would take longer than keys are
 * remembered. `fill <bytes>`: until its segments are as large; answers what it wrote. It never closes what it opened:
 * it is killed.
 */
import { systemClock } from '@zerospan/shared';
import type { StoreRecord } from '../../../../server/src/core/log/store.ts';
import { openDiskStore } from '../../../../server/src/logs/disk/index.ts';
import { answer, plan, say } from '../../../parts/part.ts';
import { sharedMs } from '../../clock.ts';

export interface PutsPlan {
  readonly directory: string;
  readonly logBytes: number;
  readonly channels: readonly string[];
  readonly payloadBytes: number;
}

export interface PutsReport {
  readonly entries: number;
  /** Bytes of all keys: client, id and fingerprint as they are stored. */
  readonly keyBytes: number;
  readonly tookMs: number;
}

/** Puts that are under way at a time, and those made between two turns. */
const UNDER_WAY_MOST = 20_000;
const AT_ONCE = 500;

/** Clients that put, and the hex digits of each one's id. */
const CLIENTS = 1_000;
const CLIENT_LETTERS = 32;

/** Of an id, and of a SHA-1. */
const ID_BYTES = 8;
const FINGERPRINT_BYTES = 20;

const { directory, logBytes, channels, payloadBytes } = plan<PutsPlan>();
const clients = Array.from({ length: CLIENTS }, (_, i) => i.toString(16).padStart(CLIENT_LETTERS, '0'));
const payload = Buffer.from(`"${'x'.repeat(payloadBytes - 2)}"`);
const hash = Buffer.alloc(FINGERPRINT_BYTES);
let appended = 0;
let answered = 0;

const store = await openDiskStore({
  directory,
  clock: systemClock,
  sync: 'group',
  bytes: logBytes,
  ageMs: 0,
  lastBytes: 0,
  isNewEpoch: false,
  onFatal: fail,
  onNotice: () => undefined,
});
await store.open({
  written: () => undefined,
  appended: () => answered++,
  failed: (_record, error) => fail(error),
  droppedUpTo: () => undefined,
  changed: () => undefined,
});

function fail(error: unknown): never {
  throw error instanceof Error ? error : new Error(String(error));
}

function next(): StoreRecord {
  const id = Math.floor(appended / CLIENTS) + 1;
  // No two have the same, as if each had been summed.
  hash.writeUInt32LE(appended);
  return {
    kind: 'put',
    channels: [channels[appended % channels.length] as string],
    payload,
    republish: false,
    user: 'alice',
    key: {
      client: clients[appended % CLIENTS] as string,
      id,
      fingerprint: hash.toString('base64'),
      isMobile: false,
    },
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

answer({
  async fill(bytes = 0): Promise<PutsReport> {
    const beganMs = sharedMs();
    while (store.figures.segmentBytes < bytes) {
      for (let i = 0; i < AT_ONCE && appended - answered < UNDER_WAY_MOST; i++) {
        store.append(next(), systemClock.now());
        appended++;
      }
      await turn();
    }
    while (answered < appended) await turn();
    const keyBytes = appended * (CLIENT_LETTERS + ID_BYTES + FINGERPRINT_BYTES);
    return { entries: appended, keyBytes, tookMs: sharedMs() - beganMs };
  },
});
say({ ready: true });
