import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readChecked, UnfitFile } from '../../settings/files/checked-file.ts';
import { StartError } from '../sockets/start-error.ts';
import { decodeKey, encodeZ85 } from './z85.ts';

/** Both halves of a key of CURVE, in Z85. */
export interface KeyPair {
  readonly publicKey: string;
  readonly secretKey: string;
}

/** Largest file, in bytes: some fifty thousand keys. */
const FILE_BYTES = 4 * 1024 * 1024;

/** Group and others may read it, and may write to it. */
const READ_BY_OTHERS = 0o066;
const WRITTEN_BY_OTHERS = 0o022;

/**
 * Reads this server's own key: a certificate as `zerospan curve`, pyzmq and CZMQ write it, or a file with nothing but
 * the secret key.
 * @throws StartError when the file cannot be read, may be read by others, or holds no key
 */
export function readKeyFile(file: string): KeyPair {
  const text = readFile('bus.curveKey', file, READ_BY_OTHERS);
  const secretKey = /^\s*secret-key\s*=\s*["'](\S+)["']\s*$/m.exec(text)?.[1] ?? text.trim();
  const secret = decodeKey(secretKey);
  if (!secret)
    throw new StartError({
      setting: 'bus.curveKey',
      address: file,
      // Never what it holds: it may be a secret that was meant for something else.
      reason: 'the file holds no secret key of CURVE, 40 digits of Z85',
      remedy: `Make one: zerospan curve ${file}.new`,
      isMisset: true,
    });
  return { publicKey: publicOf(secret), secretKey };
}

/**
 * A line each: one key, and behind a space the name of its owner. `#` begins a comment: it is a digit of Z85, but too
 * large for a key's first.
 */
export function readKeyList(file: string): Set<string> {
  const text = readFile('bus.curveClients', file, WRITTEN_BY_OTHERS);
  const keys = new Set<string>();
  for (const [at, line] of text.split('\n').entries()) {
    const [key = ''] = line.trim().split(/\s/);
    if (decodeKey(key)) keys.add(key);
    else if (key !== '' && !key.startsWith('#'))
      throw new StartError({
        setting: 'bus.curveClients',
        address: file,
        reason: `line ${at + 1} is no public key of CURVE, 40 digits of Z85`,
        remedy:
          'Write one key a line; what follows a space is a comment, and so is a line that begins with #.',
        isMisset: true,
      });
  }
  return keys;
}

function readFile(setting: string, file: string, forbiddenMode: number): string {
  try {
    return readChecked(file, { mostBytes: FILE_BYTES, forbiddenMode }).bytes.toString();
  } catch (cause) {
    if (!(cause instanceof UnfitFile)) throw cause;
    const [reason, remedy] = wordsOf(cause, file, forbiddenMode);
    throw new StartError({ setting, address: file, reason, remedy, cause, isMisset: true });
  }
}

function wordsOf(
  { fault, detail }: UnfitFile,
  file: string,
  forbiddenMode: number,
): [reason: string, remedy: string] {
  const isSecret = forbiddenMode === READ_BY_OTHERS;
  switch (fault) {
    case 'open-to-others':
      return [
        `others than its owner may ${isSecret ? 'read it' : 'write to it'} (its mode is ${detail})`,
        isSecret ? `chmod 600 ${file}` : `chmod go-w ${file}`,
      ];
    case 'too-large':
      return [`it has more than ${detail} bytes`, 'Name a file that holds nothing but keys.'];
    case 'no-file':
      return ['it is not a file', 'Name a file with keys.'];
    case 'unreadable':
      return [`the file cannot be read: ${detail}`, 'Name a file that this user may read.'];
  }
}

/** What stands before 32 bytes of an X25519 secret in PKCS #8. CURVE's keys are keys of X25519. */
const PKCS8 = Buffer.from('302e020100300506032b656e04220420', 'hex');

function publicOf(secret: Buffer): string {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, secret]), format: 'der', type: 'pkcs8' });
  return encodeZ85(createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32));
}
