import { generateKeyPairSync, type KeyPairKeyObjectResult, randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { type Algorithm, SECRET_BYTES } from '@zerospan/server/keys';
import { EXIT, Failure } from '../terminal/failure.ts';
import { say, type Terminal } from '../terminal/terminal.ts';

export interface KeyOptions {
  readonly algorithm: Algorithm;
}

/** Makes a key in a file of mode 600, and for a pair the public one beside it. Nothing is ever written over. */
export async function makeKey(file: string, { algorithm }: KeyOptions, terminal: Terminal): Promise<number> {
  if (algorithm === 'HS256') {
    await write(file, `${randomBytes(SECRET_BYTES).toString('base64url')}\n`, 0o600);
    say(terminal, `${file}: a secret for HS256. Sign with it, and name it to the server: --auth-key ${file}`);
    return EXIT.ok;
  }
  const { privateKey, publicKey } = pair(algorithm);
  await write(file, String(privateKey.export({ type: 'pkcs8', format: 'pem' })), 0o600);
  try {
    await write(`${file}.pub`, String(publicKey.export({ type: 'spki', format: 'pem' })), 0o644);
  } catch (error) {
    // Half of a pair is of no use, and would be in the way of the next try.
    await rm(file);
    throw error;
  }
  say(terminal, `${file}: a private key for ${algorithm}. Sign with it, and give it to nobody.`);
  say(terminal, `${file}.pub: its public key. Name it to the server: --auth-key ${file}.pub`);
  return EXIT.ok;
}

function pair(algorithm: Exclude<Algorithm, 'HS256'>): KeyPairKeyObjectResult {
  switch (algorithm) {
    case 'RS256':
      return generateKeyPairSync('rsa', { modulusLength: 3_072 });
    case 'ES256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' });
    case 'EdDSA':
      return generateKeyPairSync('ed25519');
  }
}

async function write(file: string, text: string, mode: number): Promise<void> {
  try {
    await writeFile(file, text, { mode, flag: 'wx' });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const there = code === 'EEXIST';
    throw new Failure(
      EXIT.usage,
      `${file}: ${there ? 'it is there already' : message}`,
      there ? 'Take another name, or remove it if nobody uses it any more.' : undefined,
    );
  }
}
