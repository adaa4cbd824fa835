import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { AuthLog } from '../../server/src/auth/index.ts';
import { type Key, pinned, secretKey } from '../../server/src/auth/keys/key.ts';
import { KeyRing } from '../../server/src/auth/keys/key-ring.ts';
import { RevokedAccess } from '../../server/src/auth/revocations/revoked.ts';
import { TokenGate } from '../../server/src/auth/token-gate.ts';
import { ManualClock } from './manual-clock.ts';

export const SECRET = 'canary-of-the-secret-0123456789abcdef';

interface Pair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** One pair of each family, and a second one of the first for rotations. */
export const PAIRS = {
  RS256: generateKeyPairSync('rsa', { modulusLength: 2_048 }),
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: generateKeyPairSync('ed25519'),
  other: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
} satisfies Record<string, Pair>;

export const pem = (key: KeyObject): string =>
  String(key.export({ type: key.type === 'private' ? 'pkcs8' : 'spki', format: 'pem' }));

export const secret = (text: string): Key => secretKey(Buffer.from(text));
export const publicKey = (pair: Pair, kid?: string): Key => pinned(pair.publicKey, kid);

/** What the log says of keys, as lines of JSON. */
export class TestLog implements AuthLog {
  readonly lines: string[] = [];

  report(event: string, about: object): void {
    this.lines.push(JSON.stringify({ event, ...about }));
  }
}

export const VISITOR = { session: 'session-1', client: 'client-01', address: '127.0.0.1' };

/** A gate with these keys, on a clock that a test turns. */
export function testGate(own: readonly Key[], { skewMs = 30_000 } = {}) {
  const clock = new ManualClock();
  const ring = new KeyRing({ own });
  const revocations = new RevokedAccess(clock);
  const judge = {
    keys: ring,
    issuer: 'zerospan',
    audience: 'zerospan',
    skewMs,
    now: () => clock.now(),
    elapsed: () => clock.elapsed(),
  };
  return { clock, ring, revocations, gate: new TokenGate({ judge, revocations }) };
}

/** A folder that is gone after the test, and a way to put files into it. */
export async function testFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'zerospan-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return {
    path: (name: string) => join(folder, name),
    async put(name: string, content: string | Uint8Array, mode = 0o600): Promise<string> {
      const path = join(folder, name);
      await writeFile(path, content, { mode });
      return path;
    },
  };
}
