import { SECRET_VARIABLE, secretsOf } from '@zerospan/server/keys';
import { SettingsError, StartError } from '@zerospan/server/settings';
import { Redaction } from '@zerospan/server/terminal';
import { type Code, ZerospanError } from '@zerospan/shared';
import { CommanderError } from 'commander';
import { TOKEN_VARIABLE } from '../connection/defaults.ts';
import { say, type Terminal } from './terminal.ts';

/** What the process answers. */
export const EXIT = {
  ok: 0,
  failed: 1,
  /** The command line or a setting is wrong. */
  usage: 2,
  cannotConnect: 69,
  timeout: 124,
} as const;

/** A failure that the command itself found. */
export class Failure extends Error {
  readonly exitCode: number;
  readonly remedy: string | undefined;

  constructor(exitCode: number, message: string, remedy?: string) {
    super(message);
    this.exitCode = exitCode;
    this.remedy = remedy;
  }
}

/** Codes that say that the command line asked for something that cannot be. */
const USAGE: ReadonlySet<Code> = new Set<Code>([
  'bad-channel',
  'bad-confirm',
  'bad-filter',
  'bad-payload',
  'bad-replay',
  'no-channels',
  'no-payload',
  'not-json',
  'reserved-channel',
  'too-large',
  'too-many-channels',
  'too-many-filters',
]);

/** The server closed the connection for good. */
const REJECTED: ReadonlySet<Code> = new Set<Code>(['rejected', 'unauthorized', 'revoked']);

export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof Failure || error instanceof SettingsError || error instanceof StartError)
    return error.exitCode;
  if (!(error instanceof ZerospanError)) return EXIT.failed;
  if (USAGE.has(error.code)) return EXIT.usage;
  if (error.code === 'timeout') return EXIT.timeout;
  return REJECTED.has(error.code) ? EXIT.cannotConnect : EXIT.failed;
}

/** Prints the failure and its remedy; commander has printed its own already. */
export function printFailure(terminal: Terminal, error: unknown): void {
  if (error instanceof CommanderError) return;
  const { message, remedy, stack } = error as Partial<ZerospanError>;
  const expected = error instanceof SettingsError || remedy !== undefined || error instanceof Failure;
  const redaction = redactionOf(terminal.env);
  for (const line of (expected ? message : (stack ?? String(error)))?.split('\n') ?? [])
    say(terminal, `zerospan: ${redaction.text(line)}`);
  if (remedy) say(terminal, `  ${redaction.text(remedy)}`);
}

/** Hides what the environment holds of secrets. */
export function redactionOf(env: Terminal['env']): Redaction {
  return new Redaction([env[SECRET_VARIABLE] ?? '', ...secretsOf(env), env[TOKEN_VARIABLE] ?? '']);
}
