import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { type Key, KeyFault, pinned } from './key.ts';

const LABEL = /-----BEGIN ([A-Z0-9 ]+)-----/g;

/** Whether a text holds PEM; it may begin with words about it, as openssl writes them. */
export function isPem(text: string): boolean {
  return text.includes('-----BEGIN ');
}

/**
 * The public key in a PEM text.
 * @throws KeyFault when there is another thing in it, or more than one
 */
export function publicPem(text: string): Key {
  const label = labelOf(text);
  // Node would make the public key of it without a word, and the private one would lie on a server that has no use for
  // it.
  if (label.includes('PRIVATE'))
    throw new KeyFault(
      'it holds a private key; to verify tokens, the public one is needed',
      'Name the file with the public key: "openssl pkey -in FILE -pubout" makes it.',
    );
  if (label !== 'PUBLIC KEY' && label !== 'RSA PUBLIC KEY')
    throw new KeyFault(
      `it holds a ${label.toLowerCase()}, not a public key`,
      'A certificate\'s key comes with "openssl x509 -in FILE -noout -pubkey".',
    );
  return pinned(read(() => createPublicKey(text)));
}

/**
 * The private key in a PEM text, to sign with.
 * @throws KeyFault when there is another thing in it, or more than one
 */
export function privatePem(text: string): Key {
  const label = labelOf(text);
  if (!label.endsWith('PRIVATE KEY') || label.includes('ENCRYPTED'))
    throw new KeyFault(
      `it holds a ${label.toLowerCase()}; signing needs a private key without a passphrase`,
      'Make one with "zerospan token key FILE --algorithm ES256".',
    );
  return pinned(read(() => createPrivateKey(text)));
}

function labelOf(text: string): string {
  const [first, ...more] = [...text.matchAll(LABEL)].map(([, label = '']) => label);
  if (first === undefined || more.length > 0)
    throw new KeyFault(`it holds ${more.length + 1} things in PEM`, 'Give each key a file of its own.');
  return first;
}

function read(make: () => KeyObject): KeyObject {
  try {
    return make();
  } catch {
    // What OpenSSL says of it helps nobody.
    throw new KeyFault('the PEM text cannot be read', 'Write the key again, whole and unchanged.');
  }
}
