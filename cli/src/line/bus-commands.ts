import { type Command, Option } from 'commander';
import type { BenchOptions } from '../bench/plan.ts';
import type { PutOptions } from '../commands/put.ts';
import type { SubscribeOptions } from '../commands/subscribe.ts';
import { CONNECT_MS } from '../connection/defaults.ts';
import type { DemoOptions } from '../demo/demo.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { append } from './flags.ts';
import { example } from './help.ts';
import { answerMistakes, PUT, REACHING, SUBSCRIBE, withoutArguments } from './mistakes.ts';
import { atLeast, reaching, SERVER } from './reaching.ts';

/** Adds the commands that reach a server: `put`, `subscribe`, `demo` and `bench`. */
export function addBusCommands(
  program: Command,
  terminal: Terminal,
  ended: (exitCode: number) => void,
): void {
  const put = program
    .command('put')
    .usage('[options] CHANNEL JSON')
    .description('Puts a message on a channel, or with -c on several.')
    .argument(
      '[words...]',
      'The channel and the message as JSON, or with -c the message alone; - as the message reads it from stdin.',
    )
    .option('-c, --channel <channel>', 'Channel to put on; repeatable, all or none.', append, [])
    .option('--confirm-ms <ms>', 'Waits up to this time, and prints how many sessions have it.', atLeast(1))
    .option('--who', 'With --confirm-ms: also prints who has it, and who not and why.')
    .option('--timeout-ms <ms>', 'Time for connecting and for the answer, each.', atLeast(1), CONNECT_MS)
    .option('--json', 'The result as a line of JSON.')
    .action(async (words: string[], options: PutOptions) => {
      const command = await import('../commands/put.ts');
      ended(await command.put(words, options, terminal));
    });
  answerMistakes(example(reaching(put), 'zerospan put room1 \'"hello"\''), REACHING, PUT);

  const subscribe = program
    .command('subscribe')
    .description('Writes publications as they arrive, a line each: channel, space, JSON.')
    .argument('[channels...]', 'Channels, exactly.')
    .option('--prefix <prefix>', 'All channels with this prefix; repeatable.', append, [])
    .option('--all', 'All channels.')
    .option('--last <n>', 'History first: the last n of each channel.', atLeast(1))
    .option(
      '--latest',
      'When it reads too slowly: of each channel only the newest, and the number of those left out.',
    )
    .option('--count <n>', 'Ends after n publications.', atLeast(1))
    .option('--timeout-ms <ms>', 'Ends after this time with exit code 124.', atLeast(1))
    .option('-v, --verbose', 'Before each publication its time and its offset.')
    .option('--json', 'Lines of JSON: {"channel","offset","time","message"} or {"gap"}.')
    .action(async (channels: string[], options: SubscribeOptions) => {
      const command = await import('../commands/subscribe.ts');
      ended(await command.subscribe(channels, options, terminal));
    });
  answerMistakes(
    example(reaching(subscribe), 'zerospan subscribe room1 --prefix vote.'),
    REACHING,
    SUBSCRIBE,
  );

  const demo = program
    .command('demo')
    .description(
      'Twelve bots vote, one of them through plain ZeroMQ; starts a server of its own unless --url names one.',
    )
    .addOption(new Option('--url <url>', 'Uses a running server.').helpGroup(SERVER))
    .option('--bus-address <address>', 'With --url: the bus.address of that server.', 'tcp://127.0.0.1:5555')
    .option('--bus-ingress <address>', 'With --url: the bus.ingress of that server.', 'tcp://127.0.0.1:5556')
    .option('--rounds <n>', 'Questions to vote on; 0: without end.', atLeast(0), 3)
    .option('--pace-ms <ms>', 'Longest time for which a bot thinks; 0: none.', atLeast(0), 4_000)
    .action(async (options: DemoOptions) => {
      const command = await import('../demo/demo.ts');
      ended(await command.demo(options, terminal));
    });
  answerMistakes(
    withoutArguments(reaching(demo, false), 'For another number of questions: zerospan demo --rounds 5'),
    REACHING,
  );
  example(demo, 'zerospan demo --rounds 1');

  const bench = program
    .command('bench')
    .description(
      'Puts a load on a running server, and writes delays, rates and losses. ' +
        'Other subscribers to these channels receive it, too.',
    )
    .option('--publishers <n>', 'Clients that put.', atLeast(1), 1)
    .option('--subscribers <n>', 'Clients that receive; 0: only puts are measured.', atLeast(0), 100)
    .option('--channel <channel>', 'Channel to put on; choose one that nobody else uses.', 'zerospan.bench')
    .option(
      '--channels <n>',
      'Number of channels, CHANNEL.0 and so on, with the subscribers spread over them; 0: CHANNEL alone.',
      atLeast(0),
      0,
    )
    .option('--payload-bytes <n>', 'Size of a message.', atLeast(1), 120)
    .option(
      '--rate <n>',
      'Messages a second of all publishers; 0: as fast as answers arrive.',
      atLeast(0),
      1_000,
    )
    .option('--duration-ms <ms>', 'Duration of the measurement.', atLeast(1), 10_000)
    .option(
      '--warm-up-ms <ms>',
      'Duration of the same load before it, not measured; 0: none.',
      atLeast(0),
      1_000,
    )
    .option('--ingress <address>', 'Publishes over ZeroMQ to this address, the bus.ingress of the server.')
    .option('--json', 'The result as a line of JSON on stdout.')
    .action(async (options: BenchOptions) => {
      const command = await import('../bench/bench.ts');
      ended(await command.bench(options, terminal));
    });
  answerMistakes(
    withoutArguments(reaching(bench), 'Name the server with --url, such as --url 127.0.0.1:8081.'),
    REACHING,
  );
  example(bench, 'zerospan bench --subscribers 200 --rate 5000');
}
