import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { SettingsError } from '../read.ts';
import { readPublicFile, readSecretFile } from './secret-file.ts';

/** What older protocols than this are known for is not offered. */
const OLDEST = 'TLSv1.2';

/**
 * Reads key and certificate, and sees that they belong together.
 * @returns undefined where neither is set
 * @throws SettingsError when only one is set, a file cannot be read, others may read the key, or they do not fit
 */
export function readTls({ key, cert }: { key: string; cert: string }): SecureContextOptions | undefined {
  if (key === '' && cert === '') return undefined;
  if (key === '' || cert === '') {
    const [given, missing] = key === '' ? ['tls.cert', 'tls.key'] : ['tls.key', 'tls.cert'];
    throw new SettingsError(`${given} is given and ${missing} is not: TLS needs both`);
  }
  const options: SecureContextOptions = {
    key: readSecretFile('tls.key', key),
    cert: readPublicFile('tls.cert', cert),
    minVersion: OLDEST,
  };
  try {
    createSecureContext(options);
  } catch (cause) {
    const { message, code } = cause as NodeJS.ErrnoException;
    throw new SettingsError(
      `tls.key ${key}, tls.cert ${cert}: not a key and its certificate in PEM (${code ?? message})`,
    );
  }
  return options;
}
