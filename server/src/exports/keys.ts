/** Keys of tokens, and where they are read from. Loads nothing that signs or verifies. */
export { ALGORITHMS, type Algorithm, type Key, SECRET_BYTES } from '../auth/keys/key.ts';
export { readKeyFile, readSigningKey } from '../auth/keys/key-file.ts';
export { KeyRing } from '../auth/keys/key-ring.ts';
export { keysOfEnvironment, SECRET_VARIABLE, secretsOf } from '../auth/keys/secrets.ts';
