import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TOKEN_VARIABLE, tokenSource } from '../../../cli/src/connection/defaults.ts';
import type { Terminal } from '../../../cli/src/terminal/terminal.ts';
import { sign } from '../../../server/src/auth/tokens/sign.ts';
import { type RunningServer, startServer } from '../../../server/src/compose.ts';
import { readSettings, SettingsError } from '../../../server/src/settings/read.ts';
import { fileWith, testFolder } from '../../support/keys.ts';
import { SILENT } from '../../support/server.ts';
import { ANY_PORTS, cli } from '../../support/terminal.ts';
import { SECRET, secret } from '../../support/tokens.ts';

const terminal = (env: Record<string, string> = {}) => ({ env }) as unknown as Terminal;

describe('the token of a command', () => {
  it('is what a file holds, without the line end, each time that it is asked for', () => {
    const file = fileWith(testFolder(), 'token', 'first\n');
    const source = tokenSource(file, terminal({ [TOKEN_VARIABLE]: 'the-variable' }));
    expect(source?.()).toBe('first');
    writeFileSync(file, 'second\r\n');
    expect(source?.()).toBe('second');
    rmSync(file);
    expect(source).toThrow(SettingsError);
  });

  it('is what the variable holds, without a file; nothing where that is empty or not there', () => {
    expect(tokenSource(undefined, terminal({ [TOKEN_VARIABLE]: ' token\n' }))?.()).toBe('token');
    for (const env of [{}, { [TOKEN_VARIABLE]: '' }, { [TOKEN_VARIABLE]: ' \n' }])
      expect(tokenSource(undefined, terminal(env))).toBeUndefined();
  });

  it.each([0o640, 0o604, 0o622])(
    'of a file with mode %o is refused at once, without a word of it',
    (mode) => {
      const file = fileWith(testFolder(), 'token', 'canary', mode);
      const taking = () => tokenSource(file, terminal());
      expect(taking).toThrow(
        `--token-file ${file}: others than its owner may use it (mode ${mode.toString(8)})`,
      );
      expect(taking).not.toThrow('canary');
    },
  );

  it('of a file that is not there is refused, whatever the variable holds', () => {
    const file = join(testFolder(), 'none');
    expect(() => tokenSource(file, terminal({ [TOKEN_VARIABLE]: 'x' }))).toThrow(
      /^--token-file .* cannot be read/,
    );
  });
});

const tokenOf = (lifeMs: number) =>
  sign(secret(SECRET), {
    subject: 'alice',
    issuer: 'zerospan',
    audience: 'zerospan',
    nowMs: Date.now(),
    lifeMs,
    grants: { put: ['room'], subscribe: ['room'], history: ['room'] },
  });

describe('commands that connect', () => {
  let server: RunningServer;
  let token: string;
  beforeAll(async () => {
    const { settings } = readSettings({ env: ANY_PORTS });
    server = await startServer(settings, {
      logger: SILENT,
      secrets: { env: { ZEROSPAN_AUTH_SECRET: SECRET } },
    });
    token = await tokenOf(60_000);
  }, 20_000);
  afterAll(() => server.stop());

  const put = (args: string[], env = {}) =>
    cli(['put', '--url', server.ws, '-c', 'room', '1', ...args], { env: { ...ANY_PORTS, ...env } });

  it('come in with a file, or with the variable, and are refused with neither', async () => {
    const file = fileWith(testFolder(), 'token', `${token}\n`);
    expect(await put(['--token-file', file])).toMatchObject({ code: 0 });
    expect(await put([], { [TOKEN_VARIABLE]: token })).toMatchObject({ code: 0 });
    expect(await put([])).toMatchObject({ code: 69 });
    const history = ['subscribe', 'room', '--last', '1', '--count', '1', '--url', server.ws];
    expect(await cli([...history, '--token-file', file])).toMatchObject({ code: 0, out: 'room 1\n' });
  });

  it('without a token say that the server requires one and how to give it, and not to start a server', async () => {
    const subscribe = cli(['subscribe', 'room', '--url', server.ws]);
    for (const { code, out, talk } of [await put([]), await subscribe]) {
      expect({ code, out }).toEqual({ code: 69, out: '' });
      expect(talk).toContain('The server requires a token.');
      expect(talk).toContain('ZEROSPAN_TOKEN, or in a file with --token-file');
      expect(talk).not.toContain('zerospan serve');
    }
  });

  it.each([
    ['is rejected', 'x.y.z', 'The server rejects this token.'],
    ['has expired', undefined, 'Give a fresh token'],
  ])('with one that %s say what to give in its place', async (_, text, words) => {
    const { code, talk } = await put([], { [TOKEN_VARIABLE]: text ?? (await tokenOf(-60_000)) });
    expect(code).toBe(69);
    expect(talk).toContain(words);
    expect(talk).not.toContain('zerospan serve');
  });

  it('say nothing of a token that is rejected', async () => {
    const forged = `${token.slice(0, -4)}AAAA`;
    const { code, out, talk } = await put([], { [TOKEN_VARIABLE]: forged });
    expect(code).not.toBe(0);
    for (const part of forged.split('.')) expect(out + talk).not.toContain(part);
  });
});
