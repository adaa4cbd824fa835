import { type Command, InvalidArgumentError } from 'commander';
import { DEFAULT_URL, TOKEN_VARIABLE } from '../connection/defaults.ts';

export const SERVER = 'How the server is reached:';

/** How a server is reached, and with what. @param hasUrl false where the command has a `--url` of its own */
export function reaching(command: Command, hasUrl = true): Command {
  command.optionsGroup(SERVER);
  if (hasUrl) command.option('--url <url>', 'Address of the server.', DEFAULT_URL);
  return command
    .option(
      '--ca <file>',
      "The authority of the server's certificate, in PEM, if the system does not know it.",
    )
    .option(
      '--token-file <file>',
      `File with the token, if the server requires one. Default: the token in ${TOKEN_VARIABLE}.`,
    );
}

export function atLeast(least: number): (text: string) => number {
  return (text) => {
    const n = Number(text);
    // Timers take no more than 31 bits of ms.
    if (!/^\d+$/.test(text) || n < least || n >= 2 ** 31)
      throw new InvalidArgumentError(`Expected a whole number from ${least}.`);
    return n;
  };
}
