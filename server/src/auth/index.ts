import { systemClock } from '@zerospan/shared';
import { SettingsError } from '../settings/read.ts';
import type { Settings } from '../settings/settings.ts';
import type { Key } from './keys/key.ts';
import { readKeyFile } from './keys/key-file.ts';
import { KEYS, KeyRing } from './keys/key-ring.ts';
import { RemoteKeys } from './keys/remote-keys.ts';
import { keysOfEnvironment } from './keys/secrets.ts';
import { type AuthLog, Reloaded } from './reloaded.ts';
import { readRevocationFile } from './revocations/revocation-file.ts';
import { RevokedAccess } from './revocations/revoked.ts';
import { TokenGate, type Upkeep } from './token-gate.ts';

export { authMeters } from './meters.ts';
export type { AuthLog } from './reloaded.ts';
export { KeptRevocations } from './revocations/kept.ts';
export { RevokedAccess } from './revocations/revoked.ts';
export { TokenGate } from './token-gate.ts';
export { REMEDIES, TokenRefusal, WHYS, type Why } from './tokens/refusal.ts';

/**
 * The gate that the settings ask for; undefined where no source of keys is given, and so no client needs a token. It
 * reads its files again when they change, and when `reload` asks for it, until it is closed. Signals are the program's:
 * a library that took them would change what they mean to the rest.
 * @param env where `ZEROSPAN_AUTH_SECRET` is read, and nothing else
 * @param hide is given each secret before it is used, so that no log shows it
 * @throws SettingsError when keys or revocations cannot be read
 */
export async function createTokenGate(
  { auth }: Pick<Settings, 'auth'>,
  env: Readonly<Record<string, string | undefined>>,
  log: AuthLog,
  hide: (secret: Uint8Array) => void = () => undefined,
): Promise<TokenGate | undefined> {
  const own = hidden(keysOfEnvironment(env), hide);
  if (own.length === 0 && auth.keys.length === 0 && auth.jwksUrl === '') {
    if (auth.revocations === '') return undefined;
    throw new SettingsError(
      `auth.revocations ${auth.revocations}: there are no keys, so nobody is asked who they are\n  Give auth.keys, auth.jwksUrl or ZEROSPAN_AUTH_SECRET.`,
    );
  }
  const clock = systemClock;
  const remote =
    auth.jwksUrl === '' ? undefined : new RemoteKeys({ url: checkedUrl(auth.jwksUrl), clock, log });
  const ring = new KeyRing({ own, remote });
  const revocations = new RevokedAccess(clock);
  const files: Reloaded[] = [];
  try {
    if (auth.keys.length > 0)
      files.push(
        await Reloaded.open({
          setting: 'auth.keys',
          files: auth.keys,
          read: async () => ring.replace(hidden(await keysOfFiles(auth.keys), hide)),
          log,
        }),
      );
    if (auth.revocations !== '')
      files.push(
        await Reloaded.open({
          setting: 'auth.revocations',
          files: [auth.revocations],
          read: async () => revocations.replace(await readRevocationFile(auth.revocations)),
          log,
        }),
      );
  } catch (error) {
    for (const each of files) each.close();
    throw error;
  }
  await remote?.refresh();
  const { issuer, audience, skewMs } = auth;
  const judge = {
    keys: ring,
    issuer,
    audience,
    skewMs,
    now: () => clock.now(),
    elapsed: () => clock.elapsed(),
  };
  return new TokenGate({ judge, revocations, upkeep: upkeepOf(files, ring, remote) });
}

async function keysOfFiles(names: readonly string[]): Promise<Key[]> {
  const keys = (await Promise.all(names.map((name) => readKeyFile('auth.keys', name)))).flat();
  if (keys.length > KEYS)
    throw new SettingsError(
      `auth.keys: more than ${KEYS} keys\n  Leave out those that sign nothing any more.`,
    );
  return keys;
}

function hidden(keys: Key[], hide: (secret: Uint8Array) => void): Key[] {
  for (const { key } of keys) if (key.type === 'secret') hide(key.export());
  return keys;
}

/** The settings' schema has seen that it is https, or http on loopback. */
function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // The address itself is not shown: it may hold a password.
  if (url?.username !== '' || url.password !== '')
    throw new SettingsError(
      'auth.jwksUrl: it is no address, or holds a user or a password\n  Keys are public; give an address without.',
    );
  return url.href;
}

function upkeepOf(files: readonly Reloaded[], ring: KeyRing, remote: RemoteKeys | undefined): Upkeep {
  const reload = async (): Promise<boolean> => {
    const [all] = await Promise.all([Promise.all(files.map((each) => each.reload())), remote?.refresh()]);
    return all.every(Boolean);
  };
  return {
    reload,
    get failures() {
      return files.reduce((sum, each) => sum + each.failures, 0);
    },
    get keys() {
      return ring.size;
    },
    close() {
      for (const each of files) each.close();
      remote?.close();
    },
  };
}
