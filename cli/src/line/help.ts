import { type Command, Help } from 'commander';
import { EXIT } from '../terminal/failure.ts';

/**
 * Terms wider than this stand on a line of their own, or their descriptions would have too little room at 80 columns.
 */
const WIDEST_TERM = 36;
const INDENT = 6;

/** What each exit code means, for the help; README's table says more. */
const MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: 'done, or interrupted',
  failed: 'failed; also: the output cannot be written',
  usage: 'the command line, a setting, a file that it names or a message is wrong',
  cannotConnect: 'cannot connect, or the server rejects the token',
  timeout: '--timeout-ms has passed',
};

/** Lays out the help of this command and of those that are added to it later. */
export function layOut(program: Command): Command {
  return program
    .configureHelp({
      // Commander shows an empty list as a default.
      optionDescription(option) {
        return Help.prototype.optionDescription.call(this, option).replace(' (default: [])', '');
      },
      formatItem(term, termWidth, description, helper) {
        const width = helper.helpWidth ?? 80;
        if (termWidth <= WIDEST_TERM || !description)
          return Help.prototype.formatItem.call(helper, term, termWidth, description, helper);
        const lines = helper.boxWrap(description, width - INDENT).split('\n');
        return [`  ${term}`, ...lines.map((line) => ' '.repeat(INDENT) + line)].join('\n');
      },
    })
    .addHelpText('after', () => {
      const rows = Object.entries(EXIT).map(
        ([name, code]) => `  ${String(code).padEnd(4)} ${MEANINGS[name as keyof typeof EXIT]}`,
      );
      return ['', 'Exit codes:', ...rows].join('\n');
    });
}

/** What an error of this command line ends with: one that works, and where the rest is. */
export function example(command: Command, line: string): Command {
  return command
    .showHelpAfterError(`  For example: ${line}\n  All options: zerospan ${pathOf(command)} --help`)
    .addHelpText('after', `\nFor example:\n  ${line}`);
}

/** `token create`. */
export function pathOf(command: Command): string {
  const above = command.parent;
  return above?.parent ? `${pathOf(above)} ${command.name()}` : command.name();
}
