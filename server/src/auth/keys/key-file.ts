import { createPublicKey } from 'node:crypto';
import { mayOthers, OTHERS, readChecked, UnfitFile } from '../../settings/files/checked-file.ts';
import { SettingsError } from '../../settings/read.ts';
import { keysOfJwks } from './jwks.ts';
import { type Key, KeyFault, secretKey } from './key.ts';
import { isPem, privatePem, publicPem } from './pem.ts';

/** Largest key file, in bytes. */
const FILE_BYTES = 256 * 1024;

/**
 * The keys of a file, to verify with: a JWK set, a public key in PEM, or a secret, for which the line end behind a text
 * does not count.
 * @param what names the file in a message: the setting or the flag that it was given by
 * @throws SettingsError naming the file and what to do; it never holds anything of the content
 */
export function readKeyFile(what: string, name: string): Promise<Key[]> {
  return reading(what, name, ({ bytes, ownerOnly }) => {
    const text = bytes.toString();
    if (isPem(text)) return [publicPem(text)];
    if (!text.trimStart().startsWith('{')) return [secretOf(bytes, ownerOnly)];
    const keys = keysOfJwks(json(text), 'file');
    if (keys.some(({ algorithm }) => algorithm === 'HS256')) ownerOnly();
    return keys;
  });
}

/**
 * The key of a file, to sign with: a private key in PEM, or a secret.
 * @throws SettingsError naming the file and what to do; it never holds anything of the content
 */
export function readSigningKey(what: string, name: string): Promise<Key> {
  return reading(what, name, ({ bytes, ownerOnly }) => {
    const text = bytes.toString();
    if (text.trimStart().startsWith('{'))
      throw new KeyFault(
        'it is JSON; tokens are signed by a private key in PEM, or by a secret',
        'Take another file.',
      );
    if (!isPem(text)) return secretOf(bytes, ownerOnly);
    const key = privatePem(text);
    ownerOnly();
    return key;
  });
}

interface Content {
  readonly bytes: Buffer;
  /** @throws KeyFault when others than the owner may read it */
  readonly ownerOnly: () => void;
}

async function reading<T>(what: string, name: string, make: (content: Content) => T): Promise<T> {
  try {
    const { bytes, mode } = readChecked(name, { mostBytes: FILE_BYTES });
    return make({ bytes, ownerOnly: () => checkMode(name, mode) });
  } catch (cause) {
    const { message, remedy } = cause instanceof UnfitFile ? wordsOf(cause) : (cause as KeyFault);
    throw new SettingsError(`${what} ${name}: ${message}\n  ${remedy}`);
  }
}

function wordsOf({ fault, detail }: UnfitFile): KeyFault {
  if (fault === 'no-file') return new KeyFault('it is not a file', 'Name a file with keys.');
  if (fault === 'too-large')
    return new KeyFault(`it has more than ${detail} bytes`, 'Name a file that holds nothing but keys.');
  return new KeyFault(`it cannot be read (${detail})`, 'Name a file that this user may read.');
}

/** Only once it is known what it holds: anybody may read a public key. */
function checkMode(name: string, mode: number): void {
  if (mayOthers(mode, OTHERS))
    throw new KeyFault('others than its owner may use it, and it holds a secret', `Run "chmod 600 ${name}".`);
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own words quote what it read.
    throw new KeyFault(
      'it begins like JSON, but is none',
      'Write a JWK set, or a secret that begins with another character.',
    );
  }
}

function secretOf(bytes: Buffer, ownerOnly: () => void): Key {
  ownerOnly();
  if (isPublic(bytes))
    throw new KeyFault(
      'it holds a public key, which everybody may know and so is no secret',
      'Write it as PEM: "openssl pkey -pubin -inform DER -in FILE".',
    );
  // An editor, and echo, end a text with a line end that nobody means.
  const lineEnd = /^[\x20-\x7e]+(\r?\n)$/.exec(bytes.toString('latin1'))?.[1] ?? '';
  return secretKey(bytes.subarray(0, bytes.length - lineEnd.length));
}

/**
 * Whether bytes are a public key in a form that is not taken: as a secret, it would let everybody sign who knows it.
 */
function isPublic(bytes: Buffer): boolean {
  if (/^(?:ssh-|ecdsa-|sk-)/.test(bytes.toString('latin1', 0, 16))) return true;
  return (['spki', 'pkcs1'] as const).some((type) => {
    try {
      createPublicKey({ key: bytes, format: 'der', type });
      return true;
    } catch {
      return false;
    }
  });
}
