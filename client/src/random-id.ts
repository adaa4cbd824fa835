import { ZerospanError } from '@zerospan/shared';

/**
 * 128 random bits in hex. Not randomUUID: browsers have it on secure pages alone.
 * @throws ZerospanError `missing-global`: an attacker who guesses a client id can take over its connection, so
 * Math.random is not enough
 */
export function randomId(): string {
  const { crypto } = globalThis as { crypto?: { getRandomValues?(bytes: Uint8Array): Uint8Array } };
  if (typeof crypto?.getRandomValues !== 'function')
    throw new ZerospanError('missing-global', 'This environment has no crypto.getRandomValues.', {
      remedy:
        "Load a polyfill of it before the bus is made; in React Native: import 'react-native-get-random-values'.",
    });
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
