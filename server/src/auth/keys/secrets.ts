import { SettingsError } from '../../settings/read.ts';
import { type Key, type KeyFault, secretKey } from './key.ts';

/** The variable with one secret, or two while one takes the place of the other. */
export const SECRET_VARIABLE = 'ZEROSPAN_AUTH_SECRET';

/** The secrets of the environment, as they stand there. */
export function secretsOf(env: Readonly<Record<string, string | undefined>>): string[] {
  return env[SECRET_VARIABLE]?.split(',').map((secret) => secret.trim()) ?? [];
}

/**
 * The secrets of the environment as keys; none where the variable is not there.
 * @throws SettingsError when there are more than two, or one is too short. An empty one is refused as well: it would
 * turn authentication off.
 */
export function keysOfEnvironment(env: Readonly<Record<string, string | undefined>>): Key[] {
  const secrets = secretsOf(env);
  if (secrets.length > 2)
    throw new SettingsError(`${SECRET_VARIABLE}: it holds more than two secrets\n  Separate two by a comma.`);
  try {
    return secrets.map((secret) => secretKey(Buffer.from(secret)));
  } catch (cause) {
    const { message, remedy } = cause as KeyFault;
    throw new SettingsError(`${SECRET_VARIABLE}: ${message}\n  ${remedy}`);
  }
}
