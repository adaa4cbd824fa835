import { CHANNEL_ORDERS, SESSION_ORDERS } from '@zerospan/shared';
import { type Command, Option } from 'commander';
import type { ChannelsOptions } from '../commands/observing/channels.ts';
import type { ObservingOptions } from '../commands/observing/observe.ts';
import type { RevokeOptions } from '../commands/observing/revoke.ts';
import type { SessionsOptions } from '../commands/observing/sessions.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { example } from './help.ts';
import { answerMistakes, REACHING, withoutArguments } from './mistakes.ts';
import { atLeast, reaching } from './reaching.ts';

/** Adds the commands for operators: `status`, `channels`, `sessions` and `explain`, which only read, and `revoke`. */
export function addObservingCommands(
  program: Command,
  terminal: Terminal,
  ended: (exitCode: number) => void,
): void {
  const status = watched(program.command('status'), 'GET /v1/status')
    .description('Writes the state of a server: log, sessions, rates, losses, ZeroMQ, limits.')
    .action(async (options: ObservingOptions) => {
      const command = await import('../commands/observing/status.ts');
      ended(await command.status(options, terminal));
    });
  answerMistakes(
    withoutArguments(reaching(status), 'Name the server with --url, such as --url 127.0.0.1:8081.'),
    REACHING,
  );
  example(status, 'zerospan status --watch');

  const channels = paged(watched(program.command('channels'), 'GET /v1/channels'))
    .description('Lists the channels that a server knows: last offset and time, rate, subscribers.')
    .argument('[prefix]', 'Only channels whose name begins with this.')
    .addOption(
      new Option('--sort <order>', 'By name, or the largest first.')
        .choices(CHANNEL_ORDERS)
        .default(CHANNEL_ORDERS[0]),
    )
    .option('--separator <text>', 'One level of a tree: what has this text behind the prefix is one row.')
    .action(async (prefix: string | undefined, options: ChannelsOptions) => {
      const command = await import('../commands/observing/channels.ts');
      ended(await command.channels(prefix, options, terminal));
    });
  answerMistakes(reaching(channels), REACHING);
  example(channels, 'zerospan channels vote. --sort rate --watch');

  const sessions = paged(watched(program.command('sessions'), 'GET /v1/sessions'))
    .description('Lists the sessions of a server, or shows one of them.')
    .argument('[id]', 'One session: its id, or the ref of its client.')
    .addOption(
      new Option('--sort <order>', 'The largest first; with since the oldest first.')
        .choices(SESSION_ORDERS)
        .default(SESSION_ORDERS[0]),
    )
    .action(async (id: string | undefined, options: SessionsOptions) => {
      const command = await import('../commands/observing/sessions.ts');
      ended(await command.sessions(id, options, terminal));
    });
  answerMistakes(reaching(sessions), REACHING);
  example(sessions, 'zerospan sessions --sort lag --watch');

  const explain = program
    .command('explain')
    .description('Says what became of a publication at a client, and why.')
    .argument('<position>', 'EPOCH_OFFSET of the publication, as events and history name it.')
    .argument('<client>', 'The ref of the client, or the id of one of its sessions.')
    .option('--json', 'As a line of JSON, as GET /v1/explain answers it.')
    .action(async (position: string, client: string, options: ObservingOptions) => {
      const command = await import('../commands/observing/explain.ts');
      ended(await command.explain(position, client, options, terminal));
    });
  answerMistakes(reaching(explain), REACHING);
  example(explain, 'zerospan explain 8d1f0c52_1094 9f2c1a7b3e4d5f60');

  const revoke = program
    .command('revoke')
    .description('Ends a session for good; its token stays valid. It asks first, if it runs on a terminal.')
    .argument('<id>', 'The session: its id, or the ref of its client.')
    .option('--yes', 'Does not ask.')
    .option('--json', 'The result as a line of JSON.')
    .action(async (id: string, options: RevokeOptions) => {
      const command = await import('../commands/observing/revoke.ts');
      ended(await command.revoke(id, options, terminal));
    });
  answerMistakes(reaching(revoke), REACHING);
  example(revoke, 'zerospan revoke 9f2c1a7b3e4d5f60');
}

/** @param route whose answer `--json` writes */
function watched(command: Command, route: string): Command {
  return command
    .option('--watch', 'Writes it every second, until it is interrupted.')
    .option('--json', `As a line of JSON, as ${route} answers it.`);
}

function paged(command: Command): Command {
  return command
    .option('--search <text>', 'Only rows that contain this text, whatever its case.')
    .option('--skip <n>', 'Rows to leave out before the first.', atLeast(0))
    .option('--limit <n>', 'Most rows, up to 1000.', atLeast(1), 100);
}
