import { ALGORITHMS } from '@zerospan/server/keys';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CreateOptions, VerifyOptions } from '../commands/token.ts';
import type { KeyOptions } from '../commands/token-key.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { append } from './flags.ts';
import { example } from './help.ts';
import { answerMistakes, CREATE, VERIFY, withoutArguments } from './mistakes.ts';

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Adds `token create`, `token verify` and `token key`. Neither a token nor a secret is ever an argument: arguments are
 * seen by every user of a machine.
 */
export function addToken(program: Command, terminal: Terminal, ended: (exitCode: number) => void): void {
  const token = program
    .command('token')
    .description('Creates tokens and keys, and shows what a token holds.');

  const create = judged(token.command('create'))
    .description(
      'Creates a token and writes it to stdout, and nothing else. It allows what the flags grant, and nothing else.',
    )
    .option('--key <file>', 'Signs with the secret or the private key (PEM) in this file.')
    .requiredOption('--subject <name>', 'User of the token: limits and revocations go by this name.')
    .addOption(
      new Option('--expires <time>', 'Lifetime: 90s, 15m, 1h or 7d; at most 366d.')
        .argParser(duration)
        .default(UNITS.h, '1h'),
    )
    .optionsGroup('What it allows:');
  for (const [name, what] of [
    ['subscribe', 'May subscribe to'],
    ['put', 'May put on'],
    ['history', 'May read beyond the resume window on'],
  ] as const) {
    create
      .option(`--${name} <channel>`, `${what} this channel; repeatable.`, append, [])
      .option(`--${name}-prefix <prefix>`, `${what} all channels with this prefix; repeatable.`, append, [])
      .option(`--${name}-all`, `${what} every channel.`);
  }
  create
    .option('--confirm', 'May request receipts for its puts: how many sessions have it.')
    .option('--confirm-names', 'May also see who has it, by name.')
    .option('--admin', "May revoke others' access, and what --metrics and --observe allow.")
    .option('--metrics', 'May read the metrics.')
    .option('--observe', 'May read the state of the server, its sessions and channels.')
    .action(async (options: CreateOptions) => {
      const command = await import('../commands/token.ts');
      ended(await command.create(options, terminal));
    });

  withoutArguments(create, 'Grants are flags: --subscribe room1 --put room1.');
  example(
    answerMistakes(create, CREATE),
    '(umask 077; zerospan token create --key bus.key --subject alice --subscribe room1 > alice.token)',
  );

  const judge = judged(token.command('verify'))
    .description('Reads a token from stdin and writes its claims as JSON, or says why it is not valid.')
    .option('--key <file>', 'A key as in auth.keys; repeatable.', append, [])
    .option('--skew-ms <ms>', 'How far clocks may differ, up to 60000; 0: not at all.', skew, 30_000)
    .action(async (options: VerifyOptions) => {
      const command = await import('../commands/token.ts');
      ended(await command.verifyStdin(options, terminal));
    });

  withoutArguments(judge, 'A token is never an argument: zerospan token verify --key bus.key < alice.token');
  example(answerMistakes(judge, VERIFY), 'zerospan token verify --key bus.key < alice.token');

  const key = token
    .command('key')
    .description(
      'Creates a key file that only its owner may read. A pair: the private key in FILE, the public one in FILE.pub.',
    )
    .argument('<file>', 'The file; it must not exist yet.')
    .addOption(
      new Option('--algorithm <name>', 'HS256 is one secret for both sides; the others are pairs.')
        .choices(ALGORITHMS)
        .default('HS256'),
    )
    .action(async (file: string, options: KeyOptions) => {
      const command = await import('../commands/token-key.ts');
      ended(await command.makeKey(file, options, terminal));
    });
  example(key, 'zerospan token key bus.key');
}

/** What both making and judging a token name. */
function judged(command: Command): Command {
  return command
    .option('--secret-env', 'Takes the secret from ZEROSPAN_AUTH_SECRET; of two, the first signs.')
    .option('--issuer <text>', 'The claim iss, auth.issuer of the server.', 'zerospan')
    .option('--audience <text>', 'The claim aud, auth.audience of the server.', 'zerospan');
}

function duration(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const ms = Number(count) * (UNITS[unit] ?? 0);
  if (ms === 0 || ms > 366 * 86_400_000)
    throw new InvalidArgumentError('Expected a number and s, m, h or d, such as 1h; 366d at most.');
  return ms;
}

function skew(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 60_000)
    throw new InvalidArgumentError('Expected a whole number from 0 to 60000.');
  return Number(text);
}
