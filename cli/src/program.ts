import { readFileSync } from 'node:fs';
import { ZerospanError } from '@zerospan/shared';
import { Argument, Command } from 'commander';
import { addBusCommands } from './line/bus-commands.ts';
import { completionOf, SHELLS, type Shell } from './line/completion/completion.ts';
import { addSettingFlags, givenSettings } from './line/flags.ts';
import { example, layOut } from './line/help.ts';
import { addLogCommands } from './line/log-commands.ts';
import { answerCommands, answerMistakes, SERVE, withoutArguments } from './line/mistakes.ts';
import { addObservingCommands } from './line/observing-commands.ts';
import { addToken } from './line/token-commands.ts';
import { EXIT, exitCodeOf, printFailure, redactionOf } from './terminal/failure.ts';
import { type Terminal, writeText } from './terminal/terminal.ts';

/** Runs one command line to its end and answers the exit code; failures are reported on stderr. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode: number = EXIT.ok;
  // Commander writes without waiting; what it shows is written here, so that a failure to write it is noticed.
  const shown: string[] = [];
  const program = build(terminal, {
    ended: (code) => {
      exitCode = code;
    },
    shows: (text) => shown.push(text),
  });
  try {
    await program.parseAsync(args, { from: 'user' }).catch(async (error: unknown) => {
      if (shown.length > 0) await writeText(terminal, shown.join(''));
      throw error;
    });
    return exitCode;
  } catch (error) {
    // The user knows that it was broken off.
    if (terminal.interrupted.aborted && error instanceof ZerospanError && error.code === 'aborted')
      return EXIT.failed;
    printFailure(terminal, error);
    return exitCodeOf(error);
  }
}

interface Ways {
  readonly ended: (exitCode: number) => void;
  /** Help, or the version. */
  readonly shows: (text: string) => void;
}

function build(terminal: Terminal, { ended, shows }: Ways): Command {
  const program = layOut(new Command('zerospan'))
    .description('A live message bus that ZeroMQ programs and browsers share.')
    .version(version(), '-V, --version', 'Shows the version.')
    .helpOption('-h, --help', 'Shows this help.')
    .helpCommand('help [command]', 'Shows the help of a command.')
    .exitOverride()
    .configureOutput({
      writeOut: shows,
      writeErr: (text) => terminal.stderr.write(redactionOf(terminal.env).text(text)),
      outputError: (text, write) => write(text.replace(/^error: /, 'zerospan: ')),
    })
    .showHelpAfterError('  All commands: zerospan --help');

  // Each command loads what it needs when it is asked for: a put need not wait for the server's packages.
  const serve = program
    .command('serve')
    .description(
      'Runs a server. Flags override ZEROSPAN_… variables, which override --config, which overrides defaults.',
    )
    .option('--config <file>', 'Settings file, YAML or JSON.')
    .option('--json', 'One line of JSON on stdout when it is ready, and nothing else.')
    .option(
      '--log-new-epoch',
      'Begins a new epoch of the log on disk at this start: after a snapshot of the machine was restored.',
    );
  answerMistakes(
    withoutArguments(addSettingFlags(serve), 'For another port: zerospan serve --port 8081'),
    SERVE,
  );
  example(serve, 'zerospan serve --port 8081').action(
    async (options: { config?: string; json?: boolean; logNewEpoch?: boolean }) => {
      const command = await import('./commands/serve.ts');
      ended(await command.serve({ ...options, flags: givenSettings(serve) }, terminal));
    },
  );

  addBusCommands(program, terminal, ended);
  addObservingCommands(program, terminal, ended);

  addLogCommands(program, terminal, ended);

  const curve = program
    .command('curve')
    .description('Creates a CURVE key pair for ZeroMQ in a new file of mode 600, and prints the public key.')
    .argument('<file>', 'The new file; the setting bus.curveKey names it.')
    .action(async (file: string) => {
      const command = await import('./commands/curve.ts');
      ended(await command.curve(file, terminal));
    });
  example(curve, 'zerospan curve server.key');

  addToken(program, terminal, ended);
  const completion = program
    .command('completion')
    .description(
      'Writes a script by which a shell completes commands and flags: source <(zerospan completion bash)',
    )
    .addArgument(new Argument('<shell>', 'The shell.').choices(SHELLS))
    .action(async (shell: Shell) => {
      await writeText(terminal, completionOf(program, shell));
    });
  example(completion, 'source <(zerospan completion bash)');

  answerCommands(program);
  return program;
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return (manifest as { version: string }).version;
}
