import type { Command, Option } from 'commander';

/** What may follow, and what it is. */
export interface Word {
  readonly text: string;
  readonly about: string;
}

/** A flag, and what follows it: a file, one of some words, anything else, or nothing. */
export interface Flag {
  readonly names: readonly string[];
  readonly about: string;
  readonly value: 'none' | 'file' | 'any' | readonly string[];
}

/** What can be typed behind one command. */
export interface Place {
  /** The command as it is typed behind the program: `token create`; empty: the program alone. */
  readonly path: string;
  readonly commands: readonly Word[];
  readonly flags: readonly Flag[];
  /** What its argument may be, where that is one of a few. */
  readonly choices: readonly string[];
}

/** Every place of a program where something can be typed, read from the program itself. */
export function placesOf(program: Command): Place[] {
  return placesBelow(program, '');
}

function placesBelow(command: Command, path: string): Place[] {
  const help = command.createHelp();
  const commands = help.visibleCommands(command);
  const place = {
    path,
    commands: commands.map((one) => ({ text: one.name(), about: sentence(one.description()) })),
    flags: help.visibleOptions(command).map(flagOf),
    choices: command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices),
  };
  // Commander's own `help` takes the name of a command, and has no place of its own.
  const below = commands.filter((one) => command.commands.includes(one));
  return [place, ...below.flatMap((one) => placesBelow(one, `${path} ${one.name()}`.trim()))];
}

function flagOf({ short, long, description, required, optional, argChoices, flags }: Option): Flag {
  const names = [short, long].filter((name) => name !== undefined);
  const takes = required || optional;
  const value = takes ? (argChoices ?? (/<(?:file|dir|directory)>/.test(flags) ? 'file' : 'any')) : 'none';
  return { names, about: sentence(description), value };
}

/** The first sentence, which has to fit beside the word. */
function sentence(text: string): string {
  return /^.*?[.:;](?=\s|$)/s.exec(text)?.[0].replace(/[.:;]$/, '') ?? text;
}
