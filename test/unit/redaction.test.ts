import { PassThrough } from 'node:stream';
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { serverLog } from '../../cli/src/commands/serve.ts';
import type { Terminal } from '../../cli/src/terminal/terminal.ts';
import { sign } from '../../server/src/auth/tokens/sign.ts';
import { REDACTED, Redaction } from '../../server/src/redaction.ts';
import { secret } from '../support/tokens.ts';

const CANARY = 'canary "of\\the" secret 0123456789abcdef';
const encodings = ['utf8', 'hex', 'base64', 'base64url'] as const;
const forms = encodings.map((encoding) => Buffer.from(CANARY).toString(encoding).replace(/=+$/, ''));

const jwt = await sign(secret('x'.repeat(32)), {
  subject: 'alice',
  issuer: 'i',
  audience: 'a',
  nowMs: 0,
  lifeMs: 1_000,
  grants: {},
});

/** A server's log under a secret, and what it has written. */
function logged(isTTY: boolean) {
  const stream = new PassThrough();
  let written = '';
  stream.setEncoding('utf8').on('data', (text: string) => (written += text));
  const stderr = Object.assign(stream, { isTTY });
  const terminal = { stderr, env: { NO_COLOR: '1', ZEROSPAN_AUTH_SECRET: CANARY } } as unknown as Terminal;
  return { log: serverLog(terminal).logger, written: () => written };
}

describe.each([
  ['JSON lines', false],
  ['sentences', true],
])('a log of %s', (_, isTTY) => {
  it.each([
    'token',
    'Authorization',
    'set-cookie',
    'cookie',
    'clientSecret',
    'client_secret',
    'password',
    'privateKey',
    'key',
    'jwt',
  ])('hides by the name %s', (name) => {
    const { log, written } = logged(isTTY);
    log.warn({ [name]: 'hunter2', deep: { [name]: ['hunter2'] } }, 'told');
    log.child({ [name]: 'hunter2' }).warn('told');
    expect(written()).toContain(REDACTED);
    expect(written()).not.toContain('hunter2');
  });

  it('shows what only sounds like one, and what says whether there is one', () => {
    const { log, written } = logged(isTTY);
    log.warn({ setting: 'auth.keys', monkey: 'banana', channel: 'keys', kept: 1, hasToken: true }, 'told');
    expect(written()).toMatch(/auth\.keys.*banana.*keys.*1.*true/);
  });

  it('hides secrets and tokens wherever they stand, however written', () => {
    const { log, written } = logged(isTTY);
    for (const value of [...forms, jwt, `Bearer ${jwt}`, jwt.slice(0, 40)]) {
      log.warn(`told ${value} so`);
      log.warn({ about: value, deep: { in: [value] } }, 'told');
      log.error({ err: new Error(`failed: ${value}`) }, 'told');
      log.error(new Error(`failed: ${value}`));
      log.warn({ [value]: 1 }, 'told');
    }
    for (const form of forms) expect(written()).not.toContain(form);
    expect(written()).not.toContain('canary');
    for (const part of jwt.split('.')) expect(written()).not.toContain(part);
  });

  it('keeps a record on its line, and moves no cursor', () => {
    const { log, written } = logged(isTTY);
    log.warn({ name: 'a\nb\u001b[31m\u0000\u007f\u009b\u2028' }, 'c\r\nd\u0007');
    expect(written().endsWith('\n')).toBe(true);
    expect(written().slice(0, -1)).not.toMatch(/[\p{Cc}]/u);
    if (!isTTY) expect(JSON.parse(written())).toMatchObject({ msg: 'c\r\nd\u0007', level: 40 });
  });
});

describe('a redaction', () => {
  test.prop([fc.jsonValue()])('leaves what is no secret as it is', (value) => {
    const line = JSON.stringify({ value });
    expect(JSON.parse(new Redaction([CANARY]).line(`${line}\n`))).toEqual(
      JSON.parse(line, (name, each: unknown) =>
        /^key$/i.test(name) && typeof each !== 'boolean' ? each && REDACTED : each,
      ),
    );
  });

  it('takes what is no JSON as a text', () => {
    expect(new Redaction([CANARY]).line(`{ ${CANARY}\n`)).toBe(`{ ${REDACTED}\n`);
  });

  it('ignores a secret that would be found everywhere', () => {
    expect(new Redaction(['', 'e']).text('there')).toBe('there');
  });

  it('forgets the oldest of very many', () => {
    const redaction = new Redaction(Array.from({ length: 300 }, (_, i) => `secret-number-${i}`));
    expect(redaction.text('secret-number-0 secret-number-299')).toBe(`secret-number-0 ${REDACTED}`);
  });
});
