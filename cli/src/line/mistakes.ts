import { type Command, Option } from 'commander';
import { EXIT, Failure } from '../terminal/failure.ts';
import { pathOf } from './help.ts';

/** Flags that a command does not have although people try them, by what to type instead. */
type Mistakes = Readonly<Record<string, string>>;

const NAME_SERVER = 'Name the server with --url, such as --url 127.0.0.1:8081.';

/** Every user of the machine can read the arguments of a program. */
const TOKEN =
  'A token is never an argument. Put it into a file of your own and name that: --token-file FILE.';

/** For commands that reach a server. */
export const REACHING: Mistakes = {
  '-p, --port': NAME_SERVER,
  '--host': NAME_SERVER,
  '-s, --server': NAME_SERVER,
  '--token': TOKEN,
};

export const PUT: Mistakes = {
  '-m, --message': 'The message is the last argument: zerospan put room1 \'"hello"\'',
  '-d, --data': 'The message is the last argument: zerospan put room1 \'"hello"\'',
  '-f, --file': 'Give - as the message and the file on stdin: zerospan put room1 - < FILE',
  '--topic': 'Channels are arguments, or follow -c: zerospan put room1 \'"hello"\'',
  '--prefix': 'A put names each of its channels: -c a -c b.',
  '--all': 'A put names each of its channels: -c a -c b.',
};

export const SUBSCRIBE: Mistakes = {
  '-c, --channel': 'Channels are arguments: zerospan subscribe room1 room2',
  '-t, --topic': 'Channels are arguments: zerospan subscribe room1 room2',
  '-n': 'For an end after n publications use --count n, for the last n of each channel --last n.',
  '--history': 'For the last n publications of each channel use --last n.',
  '--replay': 'For the last n publications of each channel use --last n.',
};

export const SERVE: Mistakes = {
  '-p': 'Name the port with --port, such as --port 8081.',
  '-c': 'Name the settings file with --config FILE.',
  '--url': 'Name where it listens with --host and --port.',
  '--secret':
    'A secret is never an argument. Put it into a file (zerospan token key FILE) and name that: --auth-key FILE.',
};

export const CREATE: Mistakes = {
  '--secret':
    'A secret is never an argument. Name its file with --key, or set ZEROSPAN_AUTH_SECRET and give --secret-env.',
  '--user': 'Name its user: --subject NAME.',
  '--prefix': 'Name the right with it: --subscribe-prefix, --put-prefix or --history-prefix.',
  '--all': 'Name the right with it: --subscribe-all, --put-all or --history-all.',
};

export const VERIFY: Mistakes = {
  '--token': 'A token is never an argument: zerospan token verify --key bus.key < alice.token',
  '--secret': CREATE['--secret'] as string,
};

/** Commands of other programs, by the command here that does it. */
export const COMMANDS: Mistakes = {
  pub: 'put',
  publish: 'put',
  send: 'put',
  sub: 'subscribe',
  listen: 'subscribe',
  tail: 'subscribe',
  start: 'serve',
  run: 'serve',
  server: 'serve',
};

/** Answers each of these with what to type; neither the help nor a suggestion shows them. */
export function answerMistakes(command: Command, ...lists: readonly Mistakes[]): Command {
  for (const [flags, remedy] of lists.flatMap(Object.entries)) {
    const fail = (): never => {
      throw new Failure(EXIT.usage, `${pathOf(command)} has no ${flags.replace(/^-\w, /, '')}`, remedy);
    };
    // The value is optional, so that the flag fails as such with and without one.
    command.addOption(new Option(`${flags} [value]`).hideHelp().preset('').argParser(fail));
  }
  return command;
}

/** Answers commands of other programs with the one here. */
export function answerCommands(program: Command): void {
  for (const [name, meant] of Object.entries(COMMANDS)) {
    program
      .command(name, { hidden: true })
      .argument('[words...]')
      .allowUnknownOption()
      .helpOption(false)
      .action(() => {
        throw new Failure(EXIT.usage, `there is no command ${name}`, `Use zerospan ${meant}.`);
      });
  }
}

/**
 * For commands that take flags alone: an argument is answered with the flag that was probably meant, and never
 * repeated: it may be a secret.
 */
export function withoutArguments(command: Command, remedy: string): Command {
  return command.allowExcessArguments().hook('preAction', () => {
    if (command.args.length === 0) return;
    throw new Failure(EXIT.usage, `${pathOf(command)} takes no arguments, only flags`, remedy);
  });
}
