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

/** Starts what README has one type, each line in a terminal of its own, and waits until all of them hear. */
async function startBots(shell: Shell, lines: string): Promise<void> {
  const bots = lines.trimEnd().split('\n');
  for (const bot of bots.map((line) => shell.start(line))) await bot.says('ready to vote');
  // A bot that speaks ZeroMQ hears what is asked once it is connected.
  await until('the bot of ZeroMQ', async () =>
    (await shell.run("npx zerospan put vote.eve 'null'")).includes('1 ZeroMQ subscription'),
  );
}

/** Asks as README does: each bot votes, and who does not is named. */
async function ask(shell: Shell): Promise<void> {
  const shown = snippet(BOTS, 'console', 'Bots that vote');
  // Its other socket, which sends the vote, may take longer.
  const lines = await until('all votes', async () => {
    const said = (await shell.run(typed(shown)[0] ?? '')).split('\n');
    return said.filter((line) => /^vote\.(?:ann|bob|eve): (?:yes|no)$/.test(line)).length === 3 && said;
  });
  const votes = lines.slice(0, 3).map((line) => line.slice('vote.ann: '.length));
  const tally = [...new Set(votes)].map(
    (choice) => `${votes.filter((vote) => vote === choice).length} ${choice}`,
  );
  expect(lines.slice(3)).toEqual([...tally, shown.trimEnd().split('\n').at(-1)]);
}

/** Gives an instruction as README does: each client that has it is named. */
async function instruct(shell: Shell): Promise<void> {
  const [panel = '', typedThere = '', ...shown] = snippet(PANEL, 'console', 'A panel that knows who got it')
    .trimEnd()
    .split('\n');
  const [, instruction = ''] = /^instruction> (.*)$/.exec(typedThere) ?? [];
  const type = (text: string, command: string): Promise<string> =>
    shell.run(`echo '${text}' | ${command.replace('$ ', '')}`);
  const said = (await type(instruction, panel)).replaceAll(/instruction> ?/g, '').trimEnd();
  const timeless = (line: string): string => line.replace(/\d+ ms/, 'n ms');
  expect(said.split('\n').map(timeless)).toEqual(shown.map(timeless));
  expect(await type(instruction, "node examples/panel/panel.js 'two words'")).toMatch(
    /It was not sent: .*two words.* Names are 1 to 255 bytes/,
  );
}

describe.runIf(hasPython)('the examples', { timeout: SHELL_TEST_MS }, () => {
  it('are bots in Node and in Python that vote, a poll of them, and a panel that names who has what', async () => {
    const shell = await withExamples();
    await shell.serve('npm start');
    await startBots(shell, snippet(BOTS, 'sh', 'Bots that vote'));
    await ask(shell);
    await instruct(shell);
  });
});
