import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findPython } from '../../support/python.ts';
import { available } from '../../support/required.ts';
import { SHELL_TEST_MS, Shell } from '../../support/shell.ts';
import { snippet, snippets } from '../../support/snippets.ts';
import { until } from '../../support/until.ts';

const FIRST = 'A first message';
const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8').replaceAll('\n', ' ');
const hasPython = available('a python3 that can import zmq', findPython());

describe('what README has a new user type', { timeout: SHELL_TEST_MS }, () => {
  it('prints what README shows, when the server starts', async () => {
    const shell = await Shell.open();
    const server = await shell.serve('npm start');
    const [, shown = ''] =
      /\n(Zerospan is ready[\s\S]*)$/.exec(snippet('README.md', 'console', 'What you see')) ?? [];
    // Ports differ in length, and so do the spaces behind them.
    const even = (text: string) => text.replaceAll(/ +/g, ' ').trimEnd().split('\n');
    await until('all of it', () => server.lines.length === even(shown).length);
    // The server names its port, because it is not the usual one.
    expect(even(server.written.replace(/ --url \S+/, ''))).toEqual(even(shell.own(shown)));
  });

  it('prints what README says: the first message from the command line', async () => {
    const shell = await Shell.open();
    const [subscribe = '', put = ''] = snippets('README.md', 'sh', FIRST);
    await shell.serve('npm start');
    // In place of the page.
    const page = shell.start('npx zerospan subscribe --all');
    const subscriber = shell.start(subscribe);
    await Promise.all([page.says('subscribed at'), subscriber.says('subscribed at')]);
    expect(readme).toContain(`prints \`${await shell.run(put)}\``);
    await subscriber.says('room1 ');
    expect(readme).toContain(`prints \`${subscriber.lines.at(-1)}\``);
  });

  it('puts by the line that README shows', async () => {
    const shell = await Shell.open();
    await shell.serve('npm start');
    const [, , put = ''] = snippets('README.md', 'sh', FIRST);
    expect(await shell.run(put)).toContain('"accepted":{');
  });

  it('shows all publications by the line that README shows', async () => {
    const shell = await Shell.open();
    await shell.serve('npm start');
    const [, , put = '', listen = ''] = snippets('README.md', 'sh', FIRST);
    const events = shell.start(listen);
    await events.says('event: position');
    await shell.run(put);
    await events.says('"channel":"room1"');
  });

  it('runs: the first program in Node', async () => {
    const shell = await Shell.open();
    await shell.serve('npm start');
    const program = snippet('README.md', 'js', FIRST);
    expect(await shell.node(program, 'first.mjs')).toEqual(["room1 { hello: 'from Node' } 1"]);
  });

  it.runIf(hasPython)('runs: the first program in Python', async () => {
    const shell = await Shell.open();
    await shell.serve('npm start');
    const subscriber = shell.start('npx zerospan subscribe room1');
    await subscriber.says('subscribed at');
    const program = snippet('README.md', 'python', FIRST);
    // On a busy machine the 0.3 s that it waits may be too short.
    await until('the message', async () => {
      expect(await shell.python(program).ended).toBe(0);
      return subscriber.written.includes('room1 {"hello":"from Python"}');
    });
  });

  it('puts the load that docs/command-line.md shows', async () => {
    const shell = await Shell.open();
    await shell.serve('npm start');
    const line = snippet('docs/command-line.md', 'sh', 'bench');
    // On a machine of two processors with other tests on it, the rate cannot be had for ten seconds.
    const quick = line.trimEnd().replace('200', '20').replace('5000', '50');
    expect(await shell.run(`${quick} --duration-ms 500 --warm-up-ms 0`)).toMatch(/^lost +0 +0 %$/m);
  });

  it('starts a server for a page of another site', async () => {
    const shell = await Shell.open();
    const [, , , , serve = '', vite] = snippets('README.md', 'sh', FIRST);
    // test/browser/documents.test.ts opens the page.
    expect(vite).toBe('npx vite --port 5173\n');
    await shell.serve(serve);
  });
});
