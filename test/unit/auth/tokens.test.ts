import { createHmac, sign as signBytes } from 'node:crypto';
import { fc, test } from '@fast-check/vitest';
import { ZerospanError } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import { keysOfJwks } from '../../../server/src/auth/keys/jwks.ts';
import type { Key } from '../../../server/src/auth/keys/key.ts';
import type { Why } from '../../../server/src/auth/tokens/refusal.ts';
import { PAIRS, pem, publicKey, SECRET, secret, testGate, VISITOR } from '../../support/tokens.ts';

/** When the clock of the tests stands, in s. */
const NOW = 1_795_458_000;

const part = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** Signs by hand, so that anything at all can be signed. */
type Signer = (input: string) => Buffer;
const hmac =
  (key: string | Buffer): Signer =>
  (input) =>
    createHmac('sha256', key).update(input).digest();
const rsa: Signer = (input) => signBytes('sha256', Buffer.from(input), PAIRS.RS256.privateKey);
const ec =
  (pair: { privateKey: (typeof PAIRS)['ES256']['privateKey'] }): Signer =>
  (input) =>
    signBytes('sha256', Buffer.from(input), { key: pair.privateKey, dsaEncoding: 'ieee-p1363' });
const ed: Signer = (input) => signBytes(null, Buffer.from(input), PAIRS.EdDSA.privateKey);

const CLAIMS = { iss: 'zerospan', aud: 'zerospan', exp: NOW + 3_600, iat: NOW, sub: 'alice', jti: 'token-1' };

function token(
  claims: unknown = CLAIMS,
  { header = {}, signer = hmac(SECRET) }: { header?: object | string; signer?: Signer } = {},
): string {
  const head = typeof header === 'string' ? header : { alg: 'HS256', typ: 'JWT', ...header };
  const input = `${part(head)}.${part(claims)}`;
  return `${input}.${signer(input).toString('base64url')}`;
}

const without = (name: keyof typeof CLAIMS): object => ({ ...CLAIMS, [name]: undefined });
const granted = (zerospan: unknown): object => ({ ...CLAIMS, zerospan });
const raw = (json: string): string => token(`${JSON.stringify(CLAIMS).slice(0, -1)},"zerospan":${json}}`);

const hs = [secret(SECRET)];
const rs = [publicKey(PAIRS.RS256)];
const es = [publicKey(PAIRS.ES256)];
const all = [...hs, ...rs, ...es, publicKey(PAIRS.EdDSA)];
const named = [publicKey(PAIRS.ES256, 'one'), publicKey(PAIRS.other, 'two')];
const attackersJwk = PAIRS.other.publicKey.export({ format: 'jwk' });

/** The same bytes, with other bits behind them in the last letter of a part; undefined where that has none to spare. */
function respelt(good: string, index: number): string | undefined {
  const parts = good.split('.');
  const part = parts[index] as string;
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = letters[letters.indexOf(part.at(-1) as string) + 1] as string;
  const other = part.slice(0, -1) + last;
  parts[index] = other;
  return Buffer.from(part, 'base64url').equals(Buffer.from(other, 'base64url')) ? parts.join('.') : undefined;
}

it.each([
  ['header', 0],
  ['payload', 1],
  ['signature', 2],
])('a token has one spelling: other unused bits of its %s make no second one', async (_, index) => {
  const { gate } = testGate(hs);
  let spellings = 0;
  // Of lengths that leave no bits, two and four.
  for (const filler of ['', 'a', 'ab', 'abc']) {
    const good = token({ ...CLAIMS, filler }, { header: { filler } });
    await gate.admit(good, VISITOR);
    const other = respelt(good, index);
    if (other === undefined) continue;
    spellings++;
    await expect(gate.admit(other, VISITOR)).rejects.toMatchObject({ why: 'malformed' });
  }
  expect(spellings).toBeGreaterThan(1);
});

describe('a good token', () => {
  it.each<[string, string, readonly Key[]]>([
    ['HS256', token(), hs],
    ['RS256', token(CLAIMS, { header: { alg: 'RS256' }, signer: rsa }), all],
    ['ES256', token(CLAIMS, { header: { alg: 'ES256' }, signer: ec(PAIRS.ES256) }), all],
    ['EdDSA', token(CLAIMS, { header: { alg: 'EdDSA' }, signer: ed }), all],
    ['the new secret of two', token(), [secret('x'.repeat(32)), ...hs]],
    ['the old secret of two', token(), [...hs, secret('x'.repeat(32))]],
    [
      'the key that it names',
      token(CLAIMS, { header: { alg: 'ES256', kid: 'two' }, signer: ec(PAIRS.other) }),
      named,
    ],
    [
      'a key with a name, naming none',
      token(CLAIMS, { header: { alg: 'ES256' }, signer: ec(PAIRS.other) }),
      named,
    ],
    ['a key without a name, naming one', token(CLAIMS, { header: { kid: 'any' } }), hs],
    ['a list of audiences', token({ ...CLAIMS, aud: ['other', 'zerospan'] }), hs],
    ['an expiry just inside the skew', token({ ...CLAIMS, exp: NOW - 29 }), hs],
    ['a beginning just inside the skew', token({ ...CLAIMS, nbf: NOW + 29 }), hs],
    ['no id', token(without('jti')), hs],
    [
      'a jku and an x5u that nobody asks',
      token(CLAIMS, { header: { jku: 'http://127.0.0.1:9/', x5u: 'http://127.0.0.1:9/' } }),
      hs,
    ],
  ])('is taken: %s', async (_, good, keys) => {
    await expect(testGate(keys).gate.admit(good, VISITOR)).resolves.toMatchObject({ subject: 'alice' });
  });

  it('gives what its claim says, canonical, and nothing else', async () => {
    const claim = { subscribe: ['room1', { prefix: 'vote.' }, 'vote.a', 'room1'], put: [''], confirm: true };
    const identity = await testGate(hs).gate.admit(token(granted(claim)), VISITOR);
    expect(identity).toEqual({
      subject: 'alice',
      token: 'token-1',
      expiresMs: (NOW + 3_600) * 1_000,
      grants: {
        subscribe: { channels: ['room1'], prefixes: ['vote.'] },
        put: { channels: [], prefixes: [''] },
        history: { channels: [], prefixes: [] },
        confirm: true,
        admin: false,
        metrics: false,
        observe: false,
      },
    });
  });

  it.each([true, false, 'names'] as const)('takes confirm as it says: %s', async (confirm) => {
    const { grants } = await testGate(hs).gate.admit(token(granted({ confirm })), VISITOR);
    expect(grants.confirm).toBe(confirm);
  });

  it('without the claim of this server allows nothing', async () => {
    const { grants } = await testGate(hs).gate.admit(token(), VISITOR);
    const none = { channels: [], prefixes: [] };
    expect(grants).toEqual({
      ...{ subscribe: none, put: none, history: none },
      ...{ confirm: false, admin: false, metrics: false, observe: false },
    });
  });

  it('that has expired within the skew ends with the skew, so that it has not ended already', async () => {
    const { gate } = testGate(hs);
    const { expiresMs } = await gate.admit(token({ ...CLAIMS, exp: NOW - 10 }), VISITOR);
    expect(expiresMs).toBe((NOW + 20) * 1_000);
  });
});

describe('a token is refused', () => {
  const rows: [what: string, token: string | undefined, why: Why, keys?: readonly Key[]][] = [
    ['that is not there', undefined, 'no-token'],
    ['that is empty', '', 'no-token'],
    ['that is garbage', 'garbage', 'malformed'],
    ['of two parts', token().split('.').slice(0, 2).join('.'), 'malformed'],
    ['of five parts', `${token()}.a.b`, 'malformed'],
    ['whose header is no JSON', token(CLAIMS, { header: 'nonsense' }), 'malformed'],
    ['whose payload is no object', token([1]), 'malformed'],
    ['with a line feed behind it', `${token()}\n`, 'malformed'],
    ['with padding', `${token()}=`, 'malformed'],
    ['with letters that are no byte', `${token()}AA`, 'malformed'],
    [
      'of 8 KiB and one character',
      token(granted({ subscribe: ['x'.repeat(6_500)] })).padEnd(8_193, 'x'),
      'too-long',
    ],
    ['with alg none and no signature', `${part({ alg: 'none' })}.${part(CLAIMS)}.`, 'algorithm'],
    ['with alg None', token(CLAIMS, { header: { alg: 'None' } }), 'algorithm'],
    ['with no alg', `${part({ typ: 'JWT' })}.${part(CLAIMS)}.AAAA`, 'algorithm'],
    ['with alg HS512', token(CLAIMS, { header: { alg: 'HS512' } }), 'algorithm'],
    ['with alg __proto__', token(CLAIMS, { header: { alg: '__proto__' } }), 'algorithm'],
    ['with a list for alg', token(CLAIMS, { header: { alg: ['HS256'] } }), 'algorithm'],
    ['whose signature was cut off', token().replace(/[^.]+$/, ''), 'signature'],
    [
      'whose signature is of other claims',
      token().replace(/\.[^.]+\./, `.${part({ ...CLAIMS, sub: 'bob' })}.`),
      'signature',
    ],
    ['of another secret', token(CLAIMS, { signer: hmac('y'.repeat(40)) }), 'signature'],
    [
      'that takes the public RSA key for a secret',
      token(CLAIMS, { signer: hmac(pem(PAIRS.RS256.publicKey)) }),
      'unknown-key',
      rs,
    ],
    [
      'that does so where a secret is known too',
      token(CLAIMS, { signer: hmac(pem(PAIRS.RS256.publicKey)) }),
      'signature',
      all,
    ],
    [
      'that takes the public EC key for a secret',
      token(CLAIMS, { signer: hmac(pem(PAIRS.ES256.publicKey)) }),
      'unknown-key',
      es,
    ],
    [
      'of an Ed25519 key that says ES256',
      token(CLAIMS, { header: { alg: 'ES256' }, signer: ed }),
      'signature',
      all,
    ],
    [
      'of a P-256 key that says EdDSA',
      token(CLAIMS, { header: { alg: 'EdDSA' }, signer: ec(PAIRS.ES256) }),
      'signature',
      all,
    ],
    [
      'of an RSA key that says PS256',
      token(CLAIMS, { header: { alg: 'PS256' }, signer: rsa }),
      'algorithm',
      rs,
    ],
    [
      'that names a known key of another family',
      token(CLAIMS, { header: { kid: 'one' } }),
      'unknown-key',
      [...hs, ...named],
    ],
    [
      'that names a foreign key',
      token(CLAIMS, { header: { alg: 'ES256', kid: 'three' }, signer: ec(PAIRS.ES256) }),
      'unknown-key',
      named,
    ],
    [
      'that names the key of another signature',
      token(CLAIMS, { header: { alg: 'ES256', kid: 'one' }, signer: ec(PAIRS.other) }),
      'signature',
      named,
    ],
    ['whose key name is a number', token(CLAIMS, { header: { kid: 1 } }), 'malformed'],
    [
      'whose key name is a path',
      token(CLAIMS, { header: { alg: 'ES256', kid: '../../dev/null' }, signer: ec(PAIRS.other) }),
      'unknown-key',
      named,
    ],
    [
      'that brings its own key (jwk)',
      token(CLAIMS, { header: { alg: 'ES256', jwk: attackersJwk }, signer: ec(PAIRS.other) }),
      'signature',
      es,
    ],
    [
      'that names an address of keys (jku)',
      token(CLAIMS, { header: { alg: 'ES256', jku: 'http://127.0.0.1:9/' }, signer: ec(PAIRS.other) }),
      'signature',
      es,
    ],
    [
      'that names a certificate (x5u)',
      token(CLAIMS, { header: { alg: 'ES256', x5u: 'http://127.0.0.1:9/' }, signer: ec(PAIRS.other) }),
      'signature',
      es,
    ],
    [
      'that brings a certificate (x5c)',
      token(CLAIMS, { header: { alg: 'ES256', x5c: ['AAAA'] }, signer: ec(PAIRS.other) }),
      'signature',
      es,
    ],
    [
      'with a crit that nobody understands',
      token(CLAIMS, { header: { crit: ['exp'], exp: 1 } }),
      'malformed',
    ],
    [
      'with an unencoded payload (b64)',
      token(CLAIMS, { header: { crit: ['b64'], b64: false } }),
      'malformed',
    ],
    ['that has expired', token({ ...CLAIMS, exp: NOW - 3_600 }), 'expired'],
    ['that has expired just outside the skew', token({ ...CLAIMS, exp: NOW - 30 }), 'expired'],
    ['that begins later', token({ ...CLAIMS, nbf: NOW + 3_600 }), 'not-yet'],
    ['that begins just outside the skew', token({ ...CLAIMS, nbf: NOW + 31 }), 'not-yet'],
    ['whose nbf is a text', token({ ...CLAIMS, nbf: '0' }), 'claims'],
    ['without iss', token(without('iss')), 'claims'],
    ['without aud', token(without('aud')), 'claims'],
    ['without exp', token(without('exp')), 'claims'],
    ['without sub', token(without('sub')), 'claims'],
    ['with an empty sub', token({ ...CLAIMS, sub: '' }), 'claims'],
    ['whose sub would be two lines of a file', token({ ...CLAIMS, sub: 'alice\nsubject:bob' }), 'claims'],
    ['whose sub is longer than 255 characters', token({ ...CLAIMS, sub: 'a'.repeat(256) }), 'claims'],
    ['of another issuer', token({ ...CLAIMS, iss: 'zerospan.example' }), 'issuer'],
    ['for another audience', token({ ...CLAIMS, aud: 'zerospan ' }), 'audience'],
    ['for a list of other audiences', token({ ...CLAIMS, aud: ['a', 'b'] }), 'audience'],
    ['whose exp is a text', token({ ...CLAIMS, exp: String(NOW + 60) }), 'claims'],
    [
      'whose exp is beyond every number',
      token(JSON.stringify(CLAIMS).replace(String(CLAIMS.exp), '1e999')),
      'claims',
    ],
    ['that lasts for more than a year', token({ ...CLAIMS, exp: NOW + 367 * 86_400 }), 'too-far'],
    ['whose claim is null', token(granted(null)), 'grants'],
    ['whose claim is a list', token(granted([])), 'grants'],
    ['that grants a text', token(granted({ put: 'room1' })), 'grants'],
    ['that grants a bad channel', token(granted({ put: ['room 1'] })), 'grants'],
    ['that grants a lone surrogate', raw('{"put":["\\ud800"]}'), 'grants'],
    ['that grants a bad prefix', token(granted({ put: [{ prefix: 'a\nb' }] })), 'grants'],
    ['that grants a prefix with more to it', token(granted({ put: [{ prefix: 'a', all: true }] })), 'grants'],
    ['that grants more than 1,000 filters', token(granted({ put: Array(1_001).fill('a') })), 'grants'],
    ['whose admin is no boolean', token(granted({ admin: 1 })), 'grants'],
    ['whose metrics is no boolean', token(granted({ metrics: 'yes' })), 'grants'],
    ['whose observe is no boolean', token(granted({ observe: 1 })), 'grants'],
    ['whose confirm is another word', token(granted({ confirm: 'name' })), 'grants'],
    ['that misspells a grant', token(granted({ subscibe: ['a'] })), 'grants'],
    ['whose claim has __proto__', raw('{"__proto__":{"admin":true}}'), 'grants'],
    ['whose claim has constructor', raw('{"constructor":{"prototype":{"admin":true}}}'), 'grants'],
    ['whose filter has __proto__', raw('{"put":[{"__proto__":{"prefix":""}}]}'), 'grants'],
  ];

  it.each(rows)('%s', async (_, bad, why, keys = hs) => {
    const { gate } = testGate(keys);
    const refusal = await gate.admit(bad, VISITOR).then(
      () => 'taken',
      (error: unknown) => error,
    );
    expect(refusal).toBeInstanceOf(ZerospanError);
    expect(refusal).toMatchObject({ why, code: why === 'expired' ? 'token-expired' : 'unauthorized' });
    expect([...gate.refusals]).toEqual([[why, 1]]);
    // The same words for all of a code, and no cause: nothing of the token can be in them.
    expect((refusal as Error).message).toBe(new ZerospanError((refusal as ZerospanError).code).message);
    expect((refusal as Error).cause).toBeUndefined();
  });

  it('are at least 25 rows', () => expect(rows.length).toBeGreaterThanOrEqual(25));

  it('whose __proto__ claims rights gives none of them', async () => {
    const json = `${JSON.stringify(CLAIMS).slice(0, -1)},"__proto__":{"zerospan":{"admin":true}}}`;
    const { grants } = await testGate(hs).gate.admit(token(json), VISITOR);
    expect(grants.admin).toBe(false);
    expect(({} as { zerospan?: unknown }).zerospan).toBeUndefined();
  });

  it('that expired after it was taken, by the clock and without a skew', async () => {
    const { gate, clock } = testGate(hs, { skewMs: 0 });
    const short = token({ ...CLAIMS, exp: NOW + 2 });
    const { expiresMs } = await gate.admit(short, VISITOR);
    expect(expiresMs).toBe(clock.now() + 2_000);
    clock.advance(1_999);
    await gate.admit(short, VISITOR);
    clock.advance(1);
    await expect(gate.admit(short, VISITOR)).rejects.toMatchObject({ code: 'token-expired' });
  });

  it('that expired within a second', async () => {
    const { gate, clock } = testGate(hs, { skewMs: 0 });
    const short = token({ ...CLAIMS, exp: NOW + 0.5 });
    await gate.admit(short, VISITOR);
    clock.advance(600);
    await expect(gate.admit(short, VISITOR)).rejects.toMatchObject({ code: 'token-expired' });
  });

  it.each([{ subject: 'alice' }, { session: VISITOR.session }, { token: 'token-1' }])(
    'that was revoked: %j',
    async (what) => {
      const { gate, revocations } = testGate(hs);
      await gate.admit(token(), VISITOR);
      revocations.revoke(what);
      await expect(gate.admit(token(), VISITOR)).rejects.toMatchObject({ code: 'revoked', why: 'revoked' });
      const other = token({ ...CLAIMS, sub: 'alice2', jti: 'token-2' });
      await gate.admit(other, { ...VISITOR, session: 'session-2' });
    },
  );

  it('that is revoked while it is judged', async () => {
    const { gate, revocations } = testGate(hs);
    const admitted = gate.admit(token(), VISITOR);
    revocations.revoke({ subject: 'alice' });
    await expect(admitted).rejects.toMatchObject({ code: 'revoked' });
  });

  it('whose key was taken away, while that of the other key is still taken', async () => {
    const { gate, ring } = testGate([]);
    const [mine] = hs as [Key];
    const [other] = [secret('z'.repeat(32))];
    const old = token();
    const fresh = token(CLAIMS, { signer: hmac('z'.repeat(32)) });
    ring.replace([mine, other]);
    await Promise.all([old, fresh].map((each) => gate.admit(each, VISITOR)));
    ring.replace([other]);
    await gate.admit(fresh, VISITOR);
    await expect(gate.admit(old, VISITOR)).rejects.toMatchObject({ why: 'signature' });
  });

  it('where there is no key at all', async () => {
    await expect(testGate([]).gate.admit(token(), VISITOR)).rejects.toMatchObject({ why: 'unknown-key' });
  });

  const noise = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fc.base64String(), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.')),
    fc
      .tuple(fc.jsonValue(), fc.jsonValue())
      .map(([head, body]) => `${part(JSON.stringify(head))}.${part(JSON.stringify(body))}.AAAA`),
    fc
      .tuple(fc.dictionary(fc.constantFrom('kid', 'crit', 'b64', 'typ', 'zip', 'enc', 'jwk'), fc.jsonValue()))
      .map(([header]) => token({ ...CLAIMS, sub: 5 }, { header })),
  );
  test.prop([noise])('with a code, whatever it is', async (text) => {
    const { gate } = testGate(all);
    await expect(gate.admit(text, VISITOR)).rejects.toBeInstanceOf(ZerospanError);
  });

  test.prop([
    fc.dictionary(
      fc.constantFrom('sub', 'exp', 'nbf', 'iat', 'jti', 'aud', 'iss', 'zerospan'),
      fc.jsonValue(),
    ),
  ])('with a code, or taken, whatever signed claims say', async (claims) => {
    const { gate } = testGate(all);
    await gate.admit(token({ ...CLAIMS, ...claims }), VISITOR).catch((error: unknown) => {
      expect(error).toBeInstanceOf(ZerospanError);
    });
  });
});

describe('a JWK set', () => {
  const jwk = (name: keyof typeof PAIRS, more: object = {}) => ({
    ...PAIRS[name].publicKey.export({ format: 'jwk' }),
    ...more,
  });
  const oct = { kty: 'oct', k: Buffer.from(SECRET).toString('base64url') };

  it('gives each key its one algorithm and its name', () => {
    const keys = [
      jwk('RS256', { kid: 'r' }),
      jwk('ES256', { alg: 'ES256', use: 'sig' }),
      jwk('EdDSA', { key_ops: ['verify'] }),
      oct,
    ];
    expect(keysOfJwks({ keys }, 'file').map(({ algorithm, kid }) => [algorithm, kid])).toEqual([
      ['RS256', 'r'],
      ['ES256', undefined],
      ['EdDSA', undefined],
      ['HS256', undefined],
    ]);
    expect(keysOfJwks(jwk('EdDSA'), 'file')).toHaveLength(1);
  });

  it('is ignored where a key is for something else, or none that is known', () => {
    const strange = [
      jwk('RS256', { use: 'enc' }),
      jwk('RS256', { alg: 'PS256' }),
      jwk('ES256', { alg: 'HS256' }),
      jwk('EdDSA', { key_ops: ['sign'] }),
      { kty: 'EC', crv: 'P-999', x: 'AA', y: 'AA' },
      { kty: 'new' },
      null,
    ];
    expect(keysOfJwks({ keys: [...strange, jwk('other')] }, 'file')).toHaveLength(1);
    expect(() => keysOfJwks({ keys: strange }, 'file')).toThrow('no key of the set');
  });

  it.each([
    ['a secret that was fetched', { keys: [oct] }, 'url', 'no key of the set'],
    ['a private key', { keys: [PAIRS.ES256.privateKey.export({ format: 'jwk' })] }, 'file', 'private key'],
    ['a secret that is too short', { keys: [{ kty: 'oct', k: 'AAAA' }] }, 'file', '32 bytes'],
    ['no set', { key: [] }, 'file', 'no JWK set'],
    ['a list', [], 'file', 'no JWK set'],
    ['too many keys', { keys: Array(65).fill(oct) }, 'file', 'no JWK set'],
  ] as const)('is refused: %s', (_, content, origin, words) => {
    expect(() => keysOfJwks(content, origin)).toThrow(words);
  });
});
