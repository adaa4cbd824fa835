import { describe, expect, it } from 'vitest';
import { typed, withExamples } from '../../support/examples.ts';
import { findPython } from '../../support/python.ts';
import { available } from '../../support/required.ts';
import { SHELL_TEST_MS, type Shell } from '../../support/shell.ts';
import { snippet } from '../../support/snippets.ts';
import { until } from '../../support/until.ts';

const BOTS = 'examples/bots/README.md';
const PANEL = 'examples/panel/README.md';
const hasPython = available('a python3 that can import zmq', findPython());

/** Starts what README has one type, each line in a terminal of its own, and waits until all of them are ready. */
async function startBots(shell: Shell, lines: string): Promise<void> {
  const bots = lines.trimEnd().split('\n');
  for (const bot of bots.map((line) => shell.start(line))) await bot.says('ready to vote');
}

describe.runIf(hasPython)('the examples', { timeout: SHELL_TEST_MS }, () => {
  it('have bots in Node and in Python that vote, and a poll that counts them and names who is missing', async () => {
    const shell = await withExamples();
    await shell.serve('npm start');
    await startBots(shell, snippet(BOTS, 'sh', 'Bots that vote'));
    const shown = snippet(BOTS, 'console', 'Bots that vote');
    // A bot that speaks ZeroMQ hears what is asked once it is connected, so one may have to ask again.
    const lines = await until('all votes', async () => {
      const said = (await shell.run(typed(shown)[0] ?? '')).split('\n');
      return said.filter((line) => /^vote\.(?:ann|bob|eve): (?:yes|no)$/.test(line)).length === 3 && said;
    });
    const votes = lines.slice(0, 3).map((line) => line.slice('vote.ann: '.length));
    const tally = [...new Set(votes)].map(
      (choice) => `${votes.filter((vote) => vote === choice).length} ${choice}`,
    );
    expect(lines.slice(3)).toEqual([...tally, shown.trimEnd().split('\n').at(-1)]);
  });

  it('have a panel that shows for each channel who has the instruction, and what is wrong with one', async () => {
    const shell = await withExamples();
    await shell.serve('npm start');
    await startBots(shell, snippet(BOTS, 'sh', 'Bots that vote'));
    const [panel = '', typedThere = '', ...shown] = snippet(PANEL, 'console', 'A panel that knows who got it')
      .trimEnd()
      .split('\n');
    const [, instruction = ''] = /^instruction> (.*)$/.exec(typedThere) ?? [];
    const type = (text: string, command: string) =>
      shell.run(`echo '${text}' | ${command.replace('$ ', '')}`);
    const lines = (said: string) =>
      said
        .replaceAll(/instruction> ?/g, '')
        .trimEnd()
        .split('\n');
    const said = await until('the bot of ZeroMQ', async () => {
      const now = lines(await type(instruction, panel));
      return now.some((line) => line.includes('ZeroMQ')) && now;
    });
    const timeless = (line: string) => line.replace(/\d+ ms/, 'n ms');
    expect(said.map(timeless)).toEqual(shown.map(timeless));
    expect(await type(instruction, "node examples/panel/panel.js 'two words'")).toMatch(
      /It was not sent: .*two words.* Names are 1 to 255 bytes/,
    );
  });
});
