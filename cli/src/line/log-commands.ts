import { type Command, InvalidArgumentError } from 'commander';
import type { ExportOptions } from '../commands/log/export.ts';
import type { ImportOptions } from '../commands/log/import.ts';
import type { LogOptions } from '../commands/log/info.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { append } from './flags.ts';
import { example } from './help.ts';

const DIRECTORY = 'The folder of the log: log.directory of the server, .zerospan by default.';

/** Adds `log info`, `verify`, `export`, `import` and `move`, for a log on disk that no server has. */
export function addLogCommands(
  program: Command,
  terminal: Terminal,
  ended: (exitCode: number) => void,
): void {
  const log = program
    .command('log')
    .description('Looks into a log on disk, checks it, and carries it elsewhere, while no server has it.');

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
    .argument('<directory>', DIRECTORY)
    .option('-o, --output <file>', 'A new file, which its owner alone may read. Default: stdout.')
    .option('--from <offset>', 'Only from this offset on.', whole)
    .option('--to <offset>', 'Only up to this offset.', whole)
    .option('--since <time>', 'Only from this time on: 2026-11-30T14:02Z, or ms since 1970.', time)
    .option('--until <time>', 'Only up to this time.', time)
    .option('--channel <channel>', 'Only this channel; repeatable.', append, [])
    .option('--prefix <prefix>', 'Only channels with this prefix; repeatable.', append, [])
    .action(async (directory: string, options: ExportOptions) => {
      const command = await import('../commands/log/export.ts');
      ended(await command.exportTo(directory, options, terminal));
    });
  example(exporting, 'zerospan log export .zerospan --since 2026-11-30T00:00Z --output monday.ndjson');

  const importing = log
    .command('import')
    .description(
      'Makes a log of lines of JSON, as log export writes them: in their order, with their times, in a new epoch.',
    )
    .argument('<directory>', 'The folder of the new log; it is not there yet, or empty.')
    .option('-i, --input <file>', 'The lines. Default: stdin.')
    .action(async (directory: string, options: ImportOptions) => {
      const command = await import('../commands/log/import.ts');
      ended(await command.importFrom(directory, options, terminal));
    });
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
