import { readdir, readFile, stat } from 'node:fs/promises';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { describe, expect, it } from 'vitest';
import { sign } from '../../../server/src/auth/tokens/sign.ts';
import { cli } from '../../support/terminal.ts';
import { PAIRS, pem, SECRET, secret, testFolder } from '../../support/tokens.ts';

const env = { ZEROSPAN_AUTH_SECRET: SECRET };
const alice = ['token', 'create', '--secret-env', '--subject', 'alice'];

/** A token made by these flags, with the secret of the environment. */
async function made(...flags: string[]): Promise<string> {
  const { code, out, talk } = await cli([...alice, ...flags], { env });
  expect(code).toBe(0);
  // Hints, and nothing else.
  expect(talk).toMatch(
    /^(zerospan: (this token allows nothing|\S+ is one channel of exactly this name);.*\n)*$/,
  );
  expect(out).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  return out.trim();
}

describe('token create', () => {
  it('writes the token on stdout and nothing else; what is not named is not granted', async () => {
    const token = await made();
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'HS256', typ: 'JWT' });
    const { iat = 0, exp, jti, ...rest } = decodeJwt(token);
    expect(rest).toEqual({
      iss: 'zerospan',
      aud: 'zerospan',
      sub: 'alice',
      zerospan: { subscribe: [], put: [], history: [] },
    });
    expect(exp).toBe(iat + 3_600);
    expect(Math.abs(iat - Date.now() / 1_000)).toBeLessThan(60);
    expect(jti).toMatch(/^.{36}$/);
    expect(decodeJwt(await made()).jti).not.toBe(jti);
  });

  it('grants channels, prefixes and everything, each apart', async () => {
    const token = await made(
      ...['--subscribe', 'room1', '--subscribe', 'vote.*', '--subscribe-prefix', 'vote.', '--put', 'room1'],
      ...['--put-prefix', 'a', '--history-all', '--confirm', '--admin', '--metrics', '--observe'],
      ...['--issuer', 'me', '--audience', 'you', '--expires', '90s'],
    );
    const { iss, aud, iat = 0, exp, zerospan } = decodeJwt(token);
    expect({ iss, aud, life: (exp ?? 0) - iat }).toEqual({ iss: 'me', aud: 'you', life: 90 });
    expect(zerospan).toEqual({
      subscribe: ['room1', 'vote.*', { prefix: 'vote.' }],
      put: ['room1', { prefix: 'a' }],
      history: [''],
      confirm: true,
      admin: true,
      metrics: true,
      observe: true,
    });
  });

  it('grants names of receipts, with which come their numbers', async () => {
    const claim = async (...flags: string[]) =>
      (decodeJwt(await made(...flags)).zerospan as { confirm: unknown }).confirm;
    expect(await claim('--confirm')).toBe(true);
    expect(await claim('--confirm-names')).toBe('names');
    expect(await claim('--confirm', '--confirm-names')).toBe('names');
  });

  it('says that a grant is no pattern, and that a token without grants allows nothing', async () => {
    const pattern = await cli([...alice, '--subscribe', 'vote.*', '--put', '*'], { env });
    expect({ code: pattern.code, lines: pattern.out.split('\n').length }).toEqual({ code: 0, lines: 2 });
    expect(pattern.talk).toContain('for all channels that begin with vote. use --subscribe-prefix vote.\n');
    expect(pattern.talk).toContain('for all channels use --put-all\n');
    expect((await cli(alice, { env })).talk).toContain('this token allows nothing');
    expect((await cli([...alice, '--admin'], { env })).talk).toBe('');
  });

  it.each([
    ['no key', ['token', 'create', '--subject', 'a'], /name a key/],
    ['two sources of keys', [...alice, '--key', 'x'], /name a key/],
    ['no subject', ['token', 'create', '--secret-env'], /--subject/],
    ['a subject of two lines', ['token', 'create', '--secret-env', '--subject', 'a\nb'], /--subject: a name/],
    ['a bad channel', [...alice, '--put', 'a b'], /--put: .*white space/],
    ['an empty channel', [...alice, '--subscribe', ''], /--subscribe: .*not empty/],
    ['an empty prefix', [...alice, '--put-prefix', ''], /--put-all/],
    ['a time without a unit', [...alice, '--expires', '60'], /such as 1h/],
    ['no time', [...alice, '--expires', '0h'], /such as 1h/],
    ['more than a year', [...alice, '--expires', '367d'], /366d at most/],
    [
      'a key that is not there',
      ['token', 'create', '--subject', 'a', '--key', '/none'],
      /--key \/none: .*ENOENT/,
    ],
    [
      'more than a server takes',
      [
        ...alice,
        ...Array(100)
          .fill(['--put', 'x'.repeat(100)])
          .flat(),
      ],
      /a server takes 8192/,
    ],
    ['a secret as an argument', [...alice, '--secret', 'hunter2-hunter2'], /A secret is never an argument/],
  ])('answers %s with exit code 2 and says why', async (_, args, words) => {
    const { code, out, talk } = await cli(args as string[], { env });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(talk).toMatch(words);
    expect(talk).not.toMatch(/canary|hunter2/);
  });

  it.each([[{}], [{ ZEROSPAN_AUTH_SECRET: '' }], [{ ZEROSPAN_AUTH_SECRET: 'canary' }]])(
    'does not sign with a secret that is not there or too short: %j',
    async (bad) => {
      const { code, out, talk } = await cli(alice, { env: bad });
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(talk).toContain('ZEROSPAN_AUTH_SECRET');
      expect(talk).not.toContain('canary');
    },
  );

  it('signs with the first secret of two', async () => {
    const two = { ZEROSPAN_AUTH_SECRET: `${'n'.repeat(32)},${SECRET}` };
    const { out } = await cli(alice, { env: two });
    const verified = (secret: string) =>
      cli(['token', 'verify', '--secret-env'], { stdin: out, env: { ZEROSPAN_AUTH_SECRET: secret } });
    expect((await verified('n'.repeat(32))).code).toBe(0);
    expect((await verified(SECRET)).code).toBe(1);
  });
});

describe('token verify', () => {
  it('writes the claims of a good token from stdin', async () => {
    const token = await made('--put', 'room1');
    const { code, out, talk } = await cli(['token', 'verify', '--secret-env'], { stdin: `${token}\n`, env });
    expect({ code, talk }).toEqual({ code: 0, talk: '' });
    expect(JSON.parse(out)).toEqual(decodeJwt(token));
    expect(out.trimEnd()).not.toContain('\n');
  });

  it.each([
    ['another issuer', ['--issuer', 'x'], 'iss is not the issuer'],
    ['another audience', ['--audience', 'x'], 'aud does not hold'],
  ])('prints why one is not good, with exit code 1: %s', async (_, flags, words) => {
    const token = await made();
    const { code, out, talk } = await cli(['token', 'verify', '--secret-env', ...flags], {
      stdin: token,
      env,
    });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(talk).toContain(words);
    expect(talk).not.toContain(token.split('.')[1]);
  });

  it.each([
    ['', 'there is no token'],
    ['garbage', 'not a signed JWT'],
    ['eyJhbGciOiJub25lIn0.e30.', 'none of HS256'],
  ])('prints why %j is not good', async (stdin, words) => {
    const { code, talk } = await cli(['token', 'verify', '--secret-env'], { stdin, env });
    expect(code).toBe(1);
    expect(talk).toContain(words);
  });

  it('says so of a token that expired, but for the skew', async () => {
    const content = { subject: 'alice', issuer: 'zerospan', audience: 'zerospan', grants: {} };
    const token = await sign(secret(SECRET), { ...content, nowMs: Date.now() - 70_000, lifeMs: 60_000 });
    const verified = (...flags: string[]) =>
      cli(['token', 'verify', '--secret-env', ...flags], { stdin: token, env });
    expect(await verified('--skew-ms', '0')).toMatchObject({
      code: 1,
      talk: expect.stringContaining('it has expired'),
    });
    expect((await verified()).code).toBe(0);
  });

  it.each([
    ['no key', ['token', 'verify'], '', /name a key/],
    [
      'a token as an argument',
      ['token', 'verify', '--secret-env', 'eyJhbGciOiJub25lIn0.e30.'],
      '',
      /A token is never an argument/,
    ],
    ['a skew above a minute', ['token', 'verify', '--secret-env', '--skew-ms', '60001'], '', /0 to 60000/],
    ['an endless stdin', ['token', 'verify', '--secret-env'], 'x'.repeat(20_000), /more than 16384 bytes/],
    ['a stdin that is not UTF-8', ['token', 'verify', '--secret-env'], Buffer.from([0xff]), /not UTF-8/],
  ])('answers %s with exit code 2 and says why', async (_, args, stdin, words) => {
    const { code, out, talk } = await cli(args, { stdin, env });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(talk).toMatch(words);
    expect(talk).not.toContain('eyJ');
  });
});

describe('token key', () => {
  it.each(['HS256', 'RS256', 'ES256', 'EdDSA'])(
    'makes a key for %s that only its owner may read; what it signs is good',
    async (algorithm) => {
      const file = (await testFolder()).path('key');
      const { code, out, talk } = await cli(['token', 'key', file, '--algorithm', algorithm]);
      expect({ code, out }).toEqual({ code: 0, out: '' });
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      const text = await readFile(file, 'utf8');
      expect(talk).not.toContain(text.trim());
      const verifier = algorithm === 'HS256' ? file : `${file}.pub`;
      expect(talk).toContain(`--auth-key ${verifier}`);
      const token = await cli(['token', 'create', '--key', file, '--subject', 'alice'], { env: {} });
      expect(token.code).toBe(0);
      expect(decodeProtectedHeader(token.out.trim()).alg).toBe(algorithm);
      expect(await cli(['token', 'verify', '--key', verifier], { stdin: token.out, env: {} })).toMatchObject({
        code: 0,
      });
    },
  );

  it('never writes over a file, and leaves no half of a pair', async () => {
    const folder = await testFolder();
    const file = await folder.put('key', 'mine');
    expect(await cli(['token', 'key', file])).toMatchObject({
      code: 2,
      talk: expect.stringContaining('there already'),
    });
    expect(await readFile(file, 'utf8')).toBe('mine');
    const pub = await folder.put('pair.pub', 'mine');
    expect(await cli(['token', 'key', folder.path('pair'), '--algorithm', 'EdDSA'])).toMatchObject({
      code: 2,
    });
    expect(await readFile(pub, 'utf8')).toBe('mine');
    expect((await readdir(folder.path('.'))).sort()).toEqual(['key', 'pair.pub']);
  });

  it('knows no other algorithm', async () => {
    const { code, talk } = await cli(['token', 'key', '/none/key', '--algorithm', 'none']);
    expect(code).toBe(2);
    expect(talk).toContain('HS256');
  });

  it('of others is taken as well, in its own format, and refused with wrong rights', async () => {
    const folder = await testFolder();
    const open = await folder.put('open', pem(PAIRS.EdDSA.privateKey), 0o644);
    const { code, talk } = await cli(['token', 'create', '--subject', 'a', '--key', open]);
    expect(code).toBe(2);
    expect(talk).toContain(`chmod 600 ${open}`);
  });
});
