import { type Command, InvalidArgumentError } from 'commander';
import type { ExportOptions } from '../commands/log/export.ts';
import type { ImportOptions } from '../commands/log/import.ts';
import type { LogOptions } from '../commands/log/info.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { addSomeSettingFlags, append, givenSettings } from './flags.ts';
import { example } from './help.ts';

interface WithConfig {
  readonly config?: string;
}

const DIRECTORY = 'The folder of the log: log.directory of the server, .zerospan by default.';

const OR_STREAM = 'Left out: the log on JetStream that the flags for NATS name.';

const CONFIG = 'Settings file of a server, YAML or JSON, for a log on JetStream.';

/**
 * Adds `log info`, `verify`, `export`, `import` and `move`, for a log on disk that no server has; `export` and `import`
 * for one on JetStream too.
 */
export function addLogCommands(
  program: Command,
  terminal: Terminal,
  ended: (exitCode: number) => void,
): void {
  const log = program
    .command('log')
    .description(
      'Looks into a log on disk, checks it, and carries it elsewhere, while no server has it; ' +
        'from and to JetStream too.',
    );

  const info = log
    .command('info')
    .description(
      'Writes what a log is and holds: epoch, offsets, times, sizes, and how a server goes on from it.',
    )
    .argument('<directory>', DIRECTORY)
    .option('--json', 'As a line of JSON.')
    .action(async (directory: string, options: LogOptions) => {
      const command = await import('../commands/log/info.ts');
      ended(await command.info(directory, options, terminal));
    });
  example(info, 'zerospan log info .zerospan');

  const verify = log
    .command('verify')
    .description(
      'Reads all of a log and checks it; writes each fault with its place, and ends with 1 if there is one.',
    )
    .argument('<directory>', DIRECTORY)
    .option('--json', 'The result as a line of JSON, with up to 10000 faults.')
    .action(async (directory: string, options: LogOptions) => {
      const command = await import('../commands/log/verify.ts');
      ended(await command.verify(directory, options, terminal));
    });
  example(verify, 'zerospan log verify .zerospan');

  const exporting = log
    .command('export')
    .description(
      'Writes a log as lines of JSON: {"channel","epoch","offset","time","message"} or {"gap"}, oldest first.',
    )
    .argument('[directory]', `${DIRECTORY} ${OR_STREAM}`)
    .option('-o, --output <file>', 'A new file, which its owner alone may read. Default: stdout.')
    .option('--from <offset>', 'Only from this offset on.', whole)
    .option('--to <offset>', 'Only up to this offset.', whole)
    .option('--since <time>', 'Only from this time on: 2026-11-30T14:02Z, or ms since 1970.', time)
    .option('--until <time>', 'Only up to this time.', time)
    .option('--channel <channel>', 'Only this channel; repeatable.', append, [])
    .option('--prefix <prefix>', 'Only channels with this prefix; repeatable.', append, [])
    .option('--config <file>', CONFIG);
  // What is there is only read: how many servers keep it is settled.
  const reading = ['nats.servers', 'nats.credentials', 'nats.tls', 'nats.stream'];
  addSomeSettingFlags(exporting, ...reading).action(
    async (directory: string | undefined, options: ExportOptions & WithConfig) => {
      const command = await import('../commands/log/export.ts');
      const named = { directory, config: options.config, flags: givenSettings(exporting) };
      ended(await command.exportTo(named, options, terminal));
    },
  );
  example(exporting, 'zerospan log export .zerospan --since 2026-11-30T00:00Z --output monday.ndjson');

  const importing = log
    .command('import')
    .description(
      'Makes a log of lines of JSON, as log export writes them: in their order, ' +
        'with their times where it is on disk, in a new epoch.',
    )
    .argument(
      '[directory]',
      'The folder of the new log; it is not there yet, or empty. Left out: the stream that the flags for NATS name, ' +
        'which is not there yet, or has no entries.',
    )
    .option('-i, --input <file>', 'The lines. Default: stdin.')
    .option('--config <file>', CONFIG);
  addSomeSettingFlags(importing, 'nats.', 'log.bytes', 'log.ageMs').action(
    async (directory: string | undefined, options: ImportOptions & WithConfig) => {
      const command = await import('../commands/log/import.ts');
      const named = { directory, config: options.config, flags: givenSettings(importing) };
      ended(await command.importFrom(named, options, terminal));
    },
  );
  example(importing, 'zerospan log import restored --input monday.ndjson');

  const move = log
    .command('move')
    .description(
      'Closes a log so that it goes on in the same epoch in another folder, or on another machine.',
    )
    .argument('<directory>', DIRECTORY)
    .action(async (directory: string) => {
      const command = await import('../commands/log/move.ts');
      ended(await command.move(directory, terminal));
    });
  example(move, 'zerospan log move .zerospan');
}

function whole(text: string): number {
  const n = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(n))
    throw new InvalidArgumentError('Expected a whole number from 0.');
  return n;
}

function time(text: string): number {
  const ms = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  if (!Number.isSafeInteger(ms))
    throw new InvalidArgumentError('Expected a time such as 2026-11-30T14:02Z, or ms since 1970.');
  return ms;
}
