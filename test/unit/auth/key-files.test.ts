import { chmod, rename, rm, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createTokenGate } from '../../../server/src/auth/index.ts';
import { readKeyFile, readSigningKey } from '../../../server/src/auth/keys/key-file.ts';
import { keysOfEnvironment } from '../../../server/src/auth/keys/secrets.ts';
import { sign } from '../../../server/src/auth/tokens/sign.ts';
import { readSettings, SettingsError } from '../../../server/src/settings/read.ts';
import { PAIRS, pem, publicKey, SECRET, secret, TestLog, testFolder, VISITOR } from '../../support/tokens.ts';
import { until } from '../../support/until.ts';

const { RS256, ES256, EdDSA } = PAIRS;
const der = (type: 'spki' | 'pkcs1') => RS256.publicKey.export({ format: 'der', type });

const content = { issuer: 'zerospan', audience: 'zerospan', lifeMs: 60_000, grants: {} };
const tokenOf = (text: string, subject = 'alice') =>
  sign(secret(text), { ...content, subject, nowMs: Date.now() });

async function faultOf(reading: Promise<unknown>): Promise<string> {
  const error: unknown = await reading.then(
    () => 'taken',
    (fault: unknown) => fault,
  );
  expect(error).toBeInstanceOf(SettingsError);
  const { message, stack, cause } = error as SettingsError;
  expect(`${message}${stack}${String(cause)}`).not.toContain('canary');
  return message;
}

describe('a key file', () => {
  it.each([
    ['a secret', SECRET, ['HS256'], 0o600],
    ['a secret that only its owner may read', SECRET, ['HS256'], 0o400],
    ['bytes', Buffer.alloc(32, 0xff), ['HS256'], 0o600],
    ['an RSA key in PEM', pem(RS256.publicKey), ['RS256'], 0o644],
    [
      'an RSA key in PEM of PKCS#1',
      RS256.publicKey.export({ format: 'pem', type: 'pkcs1' }),
      ['RS256'],
      0o644,
    ],
    ['an EC key in PEM, with words before it', `Subject: me\n${pem(ES256.publicKey)}`, ['ES256'], 0o644],
    ['an Ed25519 key in PEM', pem(EdDSA.publicKey), ['EdDSA'], 0o644],
    ['a JWK set', JSON.stringify({ keys: [ES256.publicKey.export({ format: 'jwk' })] }), ['ES256'], 0o644],
  ])('may hold %s', async (_, text, algorithms, mode) => {
    const file = await (await testFolder()).put('key', text, mode);
    expect((await readKeyFile('auth.keys', file)).map(({ algorithm }) => algorithm)).toEqual(algorithms);
  });

  it('ends a secret where its text ends, and keeps every byte of one that is no text', async () => {
    const folder = await testFolder();
    const bytes = Buffer.concat([Buffer.alloc(32, 0xff), Buffer.from('\n')]);
    for (const [name, written, read] of [
      ['a', `${SECRET}\n`, SECRET],
      ['b', `${SECRET}\r\n`, SECRET],
      ['c', bytes, bytes],
    ] as const) {
      const [key] = await readKeyFile('auth.keys', await folder.put(name, written));
      expect(key?.key.export()).toEqual(Buffer.from(read));
    }
  });

  it.each([0o640, 0o604, 0o660, 0o610, 0o644, 0o666])(
    'with a secret is refused with mode %o, naming itself and the remedy',
    async (mode) => {
      const folder = await testFolder();
      const set = JSON.stringify({ keys: [{ kty: 'oct', k: Buffer.from(SECRET).toString('base64url') }] });
      for (const [name, text] of Object.entries({ raw: SECRET, set })) {
        const file = await folder.put(name, text);
        await chmod(file, mode);
        const fault = await faultOf(readKeyFile('auth.keys', file));
        expect(fault).toContain(`auth.keys ${file}: others than its owner`);
        expect(fault).toContain(`chmod 600 ${file}`);
      }
      const signer = await folder.put('signer', pem(ES256.privateKey));
      await chmod(signer, mode);
      expect(await faultOf(readSigningKey('--key', signer))).toContain(`chmod 600 ${signer}`);
    },
  );

  it.each([
    ['a secret that is too short', 'canary-short', '32 bytes or more, this one has 12'],
    ['nothing', '', '32 bytes or more, this one has 0'],
    ['a private key', pem(ES256.privateKey), 'private key; to verify tokens'],
    [
      'a certificate',
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
      'a certificate, not a public',
    ],
    ['two keys in PEM', pem(ES256.publicKey) + pem(EdDSA.publicKey), '2 things in PEM'],
    ['broken PEM', '-----BEGIN PUBLIC KEY-----\ncanary\n-----END PUBLIC KEY-----', 'cannot be read'],
    ['a public key as DER, which would be a secret that everybody knows', der('spki'), 'everybody may know'],
    ['a public key as DER of PKCS#1', der('pkcs1'), 'everybody may know'],
    ['a public key of SSH', `ssh-ed25519 ${'canary'.repeat(10)} me`, 'everybody may know'],
    ['something that begins like JSON', `{"canary": ${'canary'.repeat(10)}`, 'begins like JSON'],
    ['JSON that is no set', '{"secret":"canary-0123456789abcdef0123456789"}', 'no JWK set'],
    ['an endless thing', Buffer.alloc(300_000, 'canary'), 'more than 262144 bytes'],
  ])('is refused that holds %s', async (_, text, words) => {
    const file = await (await testFolder()).put('key', text);
    const fault = await faultOf(readKeyFile('auth.keys', file));
    expect(fault).toContain(`auth.keys ${file}: `);
    expect(fault).toContain(words);
  });

  it('is refused that is not there, or a folder', async () => {
    const folder = await testFolder();
    expect(await faultOf(readKeyFile('auth.keys', folder.path('none')))).toContain('(ENOENT)');
    expect(await faultOf(readKeyFile('auth.keys', folder.path('.')))).toContain('not a file');
  });

  it('to sign with is a secret or a private key', async () => {
    const folder = await testFolder();
    const read = async (text: string) => readSigningKey('--key', await folder.put('key', text));
    expect((await read(SECRET)).algorithm).toBe('HS256');
    expect((await read(pem(EdDSA.privateKey))).algorithm).toBe('EdDSA');
    expect(await faultOf(read(pem(ES256.publicKey)))).toContain('signing needs a private key');
    expect(await faultOf(read('{"keys":[]}'))).toContain('it is JSON');
  });
});

describe('secrets of the environment', () => {
  it('may be one, or two by a comma', () => {
    const keys = (text?: string) => keysOfEnvironment({ ZEROSPAN_AUTH_SECRET: text });
    expect(keys()).toEqual([]);
    expect(keys(SECRET).map(({ key }) => String(key.export()))).toEqual([SECRET]);
    expect(keys(`${SECRET}, ${'x'.repeat(32)}`)).toHaveLength(2);
  });

  it.each(['', ' ', 'canary', `${SECRET},`, `${SECRET},${SECRET},${SECRET}`])(
    'are refused as %j',
    async (text) => {
      const fault = await faultOf((async () => keysOfEnvironment({ ZEROSPAN_AUTH_SECRET: text }))());
      expect(fault).toContain('ZEROSPAN_AUTH_SECRET: ');
    },
  );
});

/** A gate as a server opens it. */
async function opened(auth: object, env: Record<string, string> = {}) {
  const { settings } = readSettings({ file: { name: 'test', content: { auth } } });
  const log = new TestLog();
  const hidden: string[] = [];
  const gate = await createTokenGate(settings, env, log, (bytes) =>
    hidden.push(Buffer.from(bytes).toString()),
  );
  return { gate, log, hidden };
}

describe('the gate of a server', () => {
  it('is not there where no key is, unless that would leave revocations without a meaning', async () => {
    expect((await opened({})).gate).toBeUndefined();
    const file = await (await testFolder()).put('revoked', '');
    expect(await faultOf(opened({ revocations: file }))).toContain('there are no keys');
  });

  it('does not open with a key that cannot be used, nor with revocations that cannot be read', async () => {
    const folder = await testFolder();
    const key = await folder.put('key', SECRET);
    const bad = await folder.put('revoked', '# comment\nsubject:alice\nsubject:\n');
    await faultOf(opened({ keys: [folder.path('none')] }));
    await faultOf(opened({}, { ZEROSPAN_AUTH_SECRET: '' }));
    expect(await faultOf(opened({ keys: [key], revocations: bad }))).toContain(`${bad}: line 3 is none of`);
    expect(await faultOf(opened({ keys: [key], revocations: folder.path('none') }))).toContain('ENOENT');
    expect(await faultOf(opened({ jwksUrl: 'https://canary:canary@issuer.example/' }))).toContain(
      'a password',
    );
  });

  it('reads its keys again when the file changes, while both are in it takes both, and hides all of them', async () => {
    const folder = await testFolder();
    const next = 'canary-of-the-next-secret-0123456789abcdef';
    const one = await folder.put('one', SECRET);
    const { gate, log, hidden } = await opened({ keys: [one, await folder.put('two', next)] });
    const [old, fresh] = await Promise.all([SECRET, next].map((each) => tokenOf(each)));
    await gate?.admit(old, VISITOR);
    await gate?.admit(fresh, VISITOR);
    await writeFile(folder.path('new'), `${next}\n`, { mode: 0o600 });
    await rename(folder.path('new'), one);
    await until('the end of the old key', () =>
      gate?.admit(old, VISITOR).then(
        () => false,
        () => true,
      ),
    );
    await gate?.admit(fresh, VISITOR);
    expect(new Set(hidden)).toEqual(new Set([SECRET, next]));
    expect(log.lines.join()).not.toContain('canary');
    gate?.close();
  });

  it('keeps the old keys when the new ones cannot be used, and says so', async () => {
    const folder = await testFolder();
    const file = await folder.put('key', SECRET);
    const { gate, log } = await opened({ keys: [file] });
    for (const spoil of [() => writeFile(file, 'canary'), () => chmod(file, 0o644), () => rm(file)]) {
      const failures = gate?.reloadFailures ?? 0;
      await spoil();
      await until('the reading that fails', () => (gate?.reloadFailures ?? 0) > failures);
      await gate?.admit(await tokenOf(SECRET), VISITOR);
    }
    expect(log.lines.join('\n')).toMatch(/keys-not-reloaded.*auth\.keys/);
    expect(log.lines.join()).not.toContain('canary');
    gate?.close();
  });

  it('reads keys and revocations again when it is asked to, and says whether it could', async () => {
    const folder = await testFolder();
    const key = await folder.put('key', SECRET);
    const { gate, log } = await opened({ keys: [key], revocations: await folder.put('revoked', '') });
    expect(await gate?.reload()).toBe(true);
    expect(log.lines.filter((line) => line.includes('keys-reloaded'))).toHaveLength(2);
    await rm(key);
    expect(await gate?.reload()).toBe(false);
    gate?.close();
  });

  it('ends and gives back access as the file of revocations says, and keeps it when a line is bad', async () => {
    const folder = await testFolder();
    const file = await folder.put('revoked', 'subject:bob\n');
    const { gate, log } = await opened({ revocations: file }, { ZEROSPAN_AUTH_SECRET: SECRET });
    const heard: object[] = [];
    gate?.revocations.onRevoked((what) => heard.push(what));
    const [alice, bob] = await Promise.all(['alice', 'bob'].map((name) => tokenOf(SECRET, name)));
    await gate?.admit(alice, VISITOR);
    await expect(gate?.admit(bob, VISITOR)).rejects.toMatchObject({ code: 'revoked' });
    await writeFile(file, '# no more\nsubject: alice\r\n');
    await until('the revocation', () => heard.length > 0);
    expect(heard).toEqual([{ subject: 'alice' }]);
    await expect(gate?.admit(alice, VISITOR)).rejects.toMatchObject({ code: 'revoked' });
    await gate?.admit(bob, VISITOR);
    await writeFile(file, 'alice');
    await until('the reading that fails', () => gate?.reloadFailures === 1);
    await expect(gate?.admit(alice, VISITOR)).rejects.toMatchObject({ code: 'revoked' });
    expect(log.lines.at(-1)).toContain('line 1 is none of');
    gate?.close();
  });

  it('takes public keys from files beside secrets from the environment', async () => {
    const file = await (await testFolder()).put('key.pub', pem(ES256.publicKey), 0o644);
    const { gate } = await opened({ keys: [file] }, { ZEROSPAN_AUTH_SECRET: SECRET });
    const key = { ...publicKey(ES256), key: ES256.privateKey };
    await gate?.admit(await sign(key, { ...content, subject: 'alice', nowMs: Date.now() }), VISITOR);
    await gate?.admit(await tokenOf(SECRET), VISITOR);
    expect(gate?.keys).toBe(2);
    gate?.close();
  });
});
