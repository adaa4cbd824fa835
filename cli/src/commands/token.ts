import {
  type Key,
  KeyRing,
  keysOfEnvironment,
  readKeyFile,
  readSigningKey,
  SECRET_VARIABLE,
} from '@zerospan/server/keys';
import { GRANT_FILTERS, NAME, sign, TOKEN_BYTES, TokenRefusal, verify, WHYS } from '@zerospan/server/tokens';
import { channelFault, type Filter, prefixFault, systemClock } from '@zerospan/shared';
import { decodeJwt } from 'jose';
import { EXIT, Failure } from '../terminal/failure.ts';
import { readAll } from '../terminal/read-all.ts';
import { printable, say, type Terminal, writeData } from '../terminal/terminal.ts';
import { hintAtPrefixes } from './wildcard-hint.ts';

interface Named {
  readonly issuer: string;
  readonly audience: string;
  /** Takes the secret from the environment. */
  readonly secretEnv?: boolean;
}

export interface CreateOptions extends Named {
  readonly key?: string;
  readonly subject: string;
  /** How long it is good, in ms. */
  readonly expires: number;
  readonly subscribe: readonly string[];
  readonly subscribePrefix: readonly string[];
  readonly subscribeAll?: boolean;
  readonly put: readonly string[];
  readonly putPrefix: readonly string[];
  readonly putAll?: boolean;
  readonly history: readonly string[];
  readonly historyPrefix: readonly string[];
  readonly historyAll?: boolean;
  readonly confirm?: boolean;
  readonly confirmNames?: boolean;
  readonly admin?: boolean;
  readonly metrics?: boolean;
  readonly observe?: boolean;
}

export interface VerifyOptions extends Named {
  readonly key: readonly string[];
  readonly skewMs: number;
}

/** Makes a token; it is all that is written on stdout. */
export async function create(options: CreateOptions, terminal: Terminal): Promise<number> {
  const { subject, issuer, audience, expires: lifeMs } = options;
  if (!new RegExp(NAME, 'u').test(subject))
    throw new Failure(
      EXIT.usage,
      '--subject: a name has 1 to 255 characters, no control characters, and no space at its ends',
    );
  const grants = {
    subscribe: filters('subscribe', options.subscribe, options.subscribePrefix, options.subscribeAll),
    put: filters('put', options.put, options.putPrefix, options.putAll),
    history: filters('history', options.history, options.historyPrefix, options.historyAll),
    ...confirmOf(options),
    ...(options.admin && { admin: true }),
    ...(options.metrics && { metrics: true }),
    ...(options.observe && { observe: true }),
  };
  for (const flag of ['subscribe', 'put', 'history'] as const)
    hintAtPrefixes(options[flag], { prefix: `--${flag}-prefix`, all: `--${flag}-all` }, terminal);
  if (Object.values(grants).every((each) => Array.isArray(each) && each.length === 0))
    say(
      terminal,
      'zerospan: this token allows nothing; grants are flags, such as --subscribe room1 --put room1',
    );
  const key = await signingKey(options, terminal.env);
  const token = await sign(key, { subject, issuer, audience, nowMs: Date.now(), lifeMs, grants });
  if (token.length > TOKEN_BYTES)
    throw new Failure(
      EXIT.usage,
      `the token has ${token.length} characters; a server takes ${TOKEN_BYTES}`,
      'Name prefixes in place of many channels.',
    );
  await writeData(terminal, token);
  return EXIT.ok;
}

/** Judges a token of stdin as a server with these settings would, leaving revocations aside. */
export async function verifyStdin(options: VerifyOptions, terminal: Terminal): Promise<number> {
  const { issuer, audience, skewMs } = options;
  const files = await Promise.all(options.key.map((name) => readKeyFile('--key', name)));
  const own = options.secretEnv ? environmentKeys(terminal.env) : [];
  if (own.length === 0 && files.length === 0) throw noKey();
  const keys = new KeyRing({ own: [...own, ...files.flat()] });
  const token = await readAll(terminal.stdin, 2 * TOKEN_BYTES);
  try {
    await verify(token, { ...systemClock, keys, issuer, audience, skewMs });
  } catch (error) {
    if (!(error instanceof TokenRefusal)) throw error;
    say(terminal, `zerospan: the token is not good: ${WHYS[error.why]}`);
    return EXIT.failed;
  }
  await writeData(terminal, printable(JSON.stringify(decodeJwt(token))));
  return EXIT.ok;
}

/** The larger right holds the smaller one. */
function confirmOf({ confirm, confirmNames }: CreateOptions): { readonly confirm?: true | 'names' } {
  if (confirmNames) return { confirm: 'names' };
  return confirm ? { confirm: true } : {};
}

function filters(
  flag: string,
  channels: readonly string[],
  prefixes: readonly string[],
  all: boolean | undefined,
): Filter[] {
  const fault = channels.map(channelFault).find(Boolean) ?? prefixes.map(prefixFault).find(Boolean);
  if (fault) throw new Failure(EXIT.usage, `--${flag}: ${fault}`);
  // Everything is a large thing to allow by an empty variable of a script.
  if (prefixes.includes(''))
    throw new Failure(EXIT.usage, `--${flag}-prefix: it is empty`, `For every channel say --${flag}-all.`);
  const given = [...channels, ...prefixes.map((prefix) => ({ prefix })), ...(all ? [''] : [])];
  if (given.length > GRANT_FILTERS)
    throw new Failure(EXIT.usage, `--${flag}: more than ${GRANT_FILTERS} filters`, 'Name prefixes.');
  return given;
}

async function signingKey({ key, secretEnv }: CreateOptions, env: Terminal['env']): Promise<Key> {
  if ((key === undefined) === (secretEnv === undefined)) throw noKey();
  if (key !== undefined) return readSigningKey('--key', key);
  const [first] = environmentKeys(env);
  if (first === undefined) throw noKey();
  return first;
}

function environmentKeys(env: Terminal['env']): Key[] {
  const keys = keysOfEnvironment(env);
  if (keys.length === 0) throw new Failure(EXIT.usage, `${SECRET_VARIABLE} is not set`);
  return keys;
}

function noKey(): Failure {
  return new Failure(
    EXIT.usage,
    'name a key',
    'Give either --key FILE or --secret-env; "zerospan token key FILE" makes a key.',
  );
}
