import { createPublicKey } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { SettingsError } from '../settings-read.ts';
import { keysOfJwks } from './jwks.ts';
import { type Key, KeyFault, secretKey } from './key.ts';
import { isPem, privatePem, publicPem } from './pem.ts';

/** Largest key file, in bytes. */
const FILE_BYTES = 256 * 1024;

/** The rights of group and others. */
const NOT_THE_OWNER = 0o077;

/**
 * The keys of a file, to verify with: a JWK set, a public key in PEM, or a secret, for which the line end behind a text does not count.
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
  let file: FileHandle | undefined;
  try {
    file = await open(name, 'r');
    // Of the file that is open, not of the name, which may mean another one a moment later.
    const { mode, size } = await regular(file);
    if (size > FILE_BYTES)
      throw new KeyFault(`it has more than ${FILE_BYTES} bytes`, 'Name a file that holds nothing but keys.');
    return make({ bytes: await file.readFile(), ownerOnly: () => checkMode(name, mode) });
  } catch (cause) {
    const { message, code, remedy } = cause as Partial<KeyFault & NodeJS.ErrnoException>;
    const reason = code === undefined ? message : `it cannot be read (${code})`;
    throw new SettingsError(
      `${what} ${name}: ${reason}\n  ${remedy ?? 'Name a file that this user may read.'}`,
    );
  } finally {
    await file?.close();
  }
}

async function regular(file: FileHandle): Promise<{ mode: number; size: number }> {
  const stats = await file.stat();
  if (!stats.isFile()) throw new KeyFault('it is not a file', 'Name a file with keys.');
  return stats;
}

function checkMode(name: string, mode: number): void {
  // Windows has no such rights to look at.
  if (process.platform !== 'win32' && (mode & NOT_THE_OWNER) !== 0)
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

/** Whether bytes are a public key in a form that is not taken: as a secret, it would let everybody sign who knows it. */
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
