import { readFileSync } from 'node:fs';
import { ZerospanError } from '@zerospan/shared';
import { Command, InvalidArgumentError } from 'commander';
import type { BenchOptions } from './bench-plan.ts';
import { CONNECT_MS, DEFAULT_URL } from './defaults.ts';
import type { DemoOptions } from './demo.ts';
import { EXIT, exitCodeOf, tell } from './failure.ts';
import { addSettingFlags, append, givenSettings } from './flags.ts';
import type { PutOptions } from './put.ts';
import { redactionOf } from './secrecy.ts';
import type { SubscribeOptions } from './subscribe.ts';
import type { Terminal } from './terminal.ts';
import { addToken } from './token-commands.ts';
import { TOKEN_VARIABLE } from './token-file.ts';

/** Runs one command line to its end and answers the exit code; failures are told on stderr. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = build(terminal, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    // The user knows that it was broken off.
    if (terminal.interrupted.aborted && error instanceof ZerospanError && error.code === 'aborted')
      return EXIT.failed;
    tell(terminal, error);
    return exitCodeOf(error);
  }
}

function build(terminal: Terminal, ended: (exitCode: number) => void): Command {
  const program = new Command('zerospan')
    .description('A live message bus that ZeroMQ programs and browsers share.')
    .version(version())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(redactionOf(terminal.env).text(text)),
    })
    .showHelpAfterError('(--help tells more)');

  // Each command loads what it needs when it is asked for: a put need not wait for the server's packages.
  const serve = program
    .command('serve')
    .description('Runs a server. Settings: defaults, over them --config, ZEROSPAN_… variables, flags.')
    .option('--config <file>', 'Settings file, YAML or JSON.')
    .option('--json', 'One line of JSON on stdout when it is ready, and nothing else.');
  addSettingFlags(serve).action(async (options: { config?: string; json?: boolean }) => {
    const command = await import('./serve.ts');
    ended(await command.serve({ ...options, flags: givenSettings(serve) }, terminal));
  });

  reaching(program.command('put'))
    .description('Puts a message on channels.')
    .argument('<json>', 'The message, as JSON; - reads it from stdin.')
    .option('-c, --channel <channel>', 'Channel to put on; repeatable, all or none.', append, [])
    .option('--confirm-ms <ms>', 'Waits so long to tell how many have it.', atLeast(1))
    .option('--timeout-ms <ms>', 'Time for connecting and for the answer, each.', atLeast(1), CONNECT_MS)
    .option('--json', 'The result as a line of JSON on stdout.')
    .action(async (json: string, options: PutOptions) => {
      const command = await import('./put.ts');
      ended(await command.put(json, options, terminal));
    });

  reaching(program.command('subscribe'))
    .description('Writes publications as they come, a line each: channel, space, JSON.')
    .argument('[channels...]', 'Channels, exactly.')
    .option('--prefix <prefix>', 'All channels that begin so; repeatable.', append, [])
    .option('--all', 'All channels.')
    .option('--last <n>', 'History first: the last n of each channel.', atLeast(1))
    .option(
      '--latest',
      'When it reads too slowly: of each channel the newest only, and how many are left out.',
    )
    .option('--count <n>', 'Ends after n publications.', atLeast(1))
    .option('--timeout-ms <ms>', 'Ends after this time with exit code 124.', atLeast(1))
    .option('--json', 'Lines of JSON: {"channel","offset","time","message"} or {"gap"}.')
    .action(async (channels: string[], options: SubscribeOptions) => {
      const command = await import('./subscribe.ts');
      ended(await command.subscribe(channels, options, terminal));
    });

  program
    .command('demo')
    .description(
      'Twelve bots vote, one of them through plain ZeroMQ; starts a server of its own unless --url names one.',
    )
    .option('--url <url>', 'Uses a server that runs already.')
    .option(
      '--bus-address <address>',
      'With --url: where that server sends to ZeroMQ.',
      'tcp://127.0.0.1:5555',
    )
    .option(
      '--bus-ingress <address>',
      'With --url: where that server takes from ZeroMQ.',
      'tcp://127.0.0.1:5556',
    )
    .option('--rounds <n>', 'Questions to vote on; 0 goes on for ever.', atLeast(0), 3)
    .option('--pace-ms <ms>', 'Longest time that a bot thinks; 0: none.', atLeast(0), 4_000)
    .action(async (options: DemoOptions) => {
      const command = await import('./demo.ts');
      ended(await command.demo(options, terminal));
    });

  program
    .command('curve')
    .description('Makes a key pair of CURVE for ZeroMQ in a new file of mode 600, and prints the public key.')
    .argument('<file>', 'Where it is written; bus.curveKey names it then.')
    .action(async (file: string) => {
      const command = await import('./curve.ts');
      ended(await command.curve(file, terminal));
    });

  program
    .command('bench')
    .description(
      'Puts a load on a server that runs, and tells delays, rates and losses. Whoever else subscribes to these channels there receives it too.',
    )
    .option('--url <url>', 'Address of the server.', DEFAULT_URL)
    .option('--publishers <n>', 'Clients that put.', atLeast(1), 1)
    .option('--subscribers <n>', 'Clients that receive; 0: only puts are measured.', atLeast(0), 100)
    .option('--channel <channel>', 'Channel to put on; choose one that nobody else uses.', 'zerospan.bench')
    .option('--channels <n>', 'As many, CHANNEL.0 and so on, subscribers in turn; 0: CHANNEL.', atLeast(0), 0)
    .option('--payload-bytes <n>', 'Size of a message.', atLeast(1), 120)
    .option('--rate <n>', 'Messages a second of all publishers; 0: as answers come.', atLeast(0), 1_000)
    .option('--duration-ms <ms>', 'How long it is measured.', atLeast(1), 10_000)
    .option('--warm-up-ms <ms>', 'The same load before, not measured; 0: none.', atLeast(0), 1_000)
    .option('--ingress <address>', 'Publishes over ZeroMQ to this address, the bus.ingress of the server.')
    .option(
      '--token-file <file>',
      `File with the token to come in with, where one is needed. Left out: what ${TOKEN_VARIABLE} holds.`,
    )
    .option('--json', 'The result as a line of JSON on stdout.')
    .action(async (options: BenchOptions) => {
      const command = await import('./bench.ts');
      ended(await command.bench(options, terminal));
    });

  addToken(program, terminal, ended);

  return program;
}

/** How a server is reached, and with what. */
function reaching(command: Command): Command {
  return command
    .option('--url <url>', 'Address of the server.', DEFAULT_URL)
    .option(
      '--ca <file>',
      "The authority of the server's certificate, in PEM, where the system does not know it.",
    )
    .option(
      '--token-file <file>',
      `File with the token to come in with, where one is needed. Left out: what ${TOKEN_VARIABLE} holds.`,
    );
}

function atLeast(least: number): (text: string) => number {
  return (text) => {
    const n = Number(text);
    // Timers take no more than 31 bits of ms.
    if (!/^\d+$/.test(text) || n < least || n >= 2 ** 31)
      throw new InvalidArgumentError(`Expected a whole number from ${least}.`);
    return n;
  };
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return (manifest as { version: string }).version;
}
