import { describe, expect, it } from 'vitest';
import { typed, withExamples } from '../../support/examples.ts';
import { findPython } from '../../support/python.ts';
import { available } from '../../support/required.ts';
import { type Program, SHELL_TEST_MS, Shell } from '../../support/shell.ts';
import { snippet, snippets } from '../../support/snippets.ts';
import { until } from '../../support/until.ts';

const COMING = 'docs/coming-from-shellbot-bus.md';
const hasPython = available('a python3 that can import zmq', findPython());

/** What the programs of the page, which are cut to the part that matters, have above it. */
const ABOVE = 'import json, time, zmq\ncount = 0\n';

async function subscribed(shell: Shell, line: string): Promise<Program> {
  const subscriber = shell.start(line);
  await subscriber.says('subscribed at');
  return subscriber;
}

/** Does something until a program has written a text. */
async function arrives(program: Program, text: string, attempt: () => Promise<unknown>): Promise<void> {
  const written = async () => {
    await attempt();
    return program.written.includes(text);
  };
  await until(text, written);
}

describe.runIf(hasPython)(
  'the recipes of docs/coming-from-shellbot-bus.md',
  { timeout: SHELL_TEST_MS },
  () => {
    it('run: a PUB that connects', async () => {
      const shell = await withExamples();
      const [serve = '', subscribe = '', put = ''] = typed(snippet(COMING, 'console', 'A PUB that connects'));
      await shell.serve(serve);
      const subscriber = await subscribed(shell, subscribe);
      // On a busy machine the 0.3 s that they wait may be too short: then they are started again, as a user would.
      await arrives(subscriber, 'room1 {"text":"hello"}', () => shell.run(put));
      const part = ABOVE + snippet(COMING, 'python', 'A PUB that connects');
      const before = subscriber.lines.length;
      await until('the second message', async () => {
        expect(await shell.python(part).ended).toBe(0);
        return subscriber.lines.length > before;
      });
    });

    it.each(['the program', 'the part that matters'])('run: a PUB that binds, %s', async (which) => {
      const shell = await withExamples();
      const [publish = '', serve = '', subscribe = ''] = typed(
        snippet(COMING, 'console', 'A PUB that binds'),
      );
      if (which === 'the program') shell.start(publish);
      else shell.python(ABOVE + snippet(COMING, 'python', 'A PUB that binds'));
      await shell.serve(serve);
      const subscriber = await subscribed(shell, subscribe);
      await subscriber.says('room1 {"count":');
    });

    it('run: a SUB', async () => {
      const shell = await withExamples();
      const [recipe = '', beside = ''] = snippets(COMING, 'console', 'A SUB');
      const [serve = '', subscribe = '', put = ''] = typed(recipe);
      const server = await shell.serve(serve);
      const subscribers = [shell.start(subscribe), shell.python(ABOVE + snippet(COMING, 'python', 'A SUB'))];
      // A SUB that is not connected yet misses it.
      await until('both', async () => (await shell.run(put)).includes('2 ZeroMQ subscriptions'));
      for (const each of subscribers) await each.says("room1 {'choice': 'yes'}");
      await server.stop();
      await shell.serve('npx zerospan serve --bus-address tcp://127.0.0.1:5557');
      const moved = shell.start(typed(beside)[0] ?? '');
      await until(
        'the other address',
        async () => (await shell.run(put)).includes('1 ZeroMQ subscription'),
        20_000,
      );
      await moved.says("room1 {'choice': 'yes'}");
    });

    it('run: JSON that is ASCII alone', async () => {
      const shell = await Shell.open();
      await shell.serve('npm start');
      const subscriber = await subscribed(shell, 'npx zerospan subscribe room1 --json');
      const above =
        "import { Bus } from '@zerospan/client';\nconst bus = new Bus('ws://127.0.0.1:8080/bus');\nconst message = 'é';\n";
      await shell.node(
        `${above}${snippet(COMING, 'js', 'Limits of the original that stay')}\nawait bus.close();`,
      );
      await subscriber.says('room1');
      expect(subscriber.written).toMatch(/"message":"(?:é|\\u00e9)"/);
    });
  },
);

it.runIf(hasPython)(
  'docs/zeromq.md: CURVE, from the keys to a Python program',
  { timeout: SHELL_TEST_MS },
  async () => {
    const shell = await Shell.open();
    const [server = '', client = '', serve = ''] = snippet('docs/zeromq.md', 'sh', 'CURVE').split('\n');
    const printed = await shell.run(server);
    await shell.run(client);
    await shell.serve(serve);
    const [key = ''] = /[0-9A-Za-z.\-:+=^!/*?&<>()[\]{}@%$#]{40}/.exec(printed) ?? [];
    const above =
      'import zmq, zmq.auth\nsocket = zmq.Context().socket(zmq.SUB)\nsocket.setsockopt_string(zmq.SUBSCRIBE, "")\n';
    const part = snippet('docs/zeromq.md', 'python', 'CURVE').replace(
      'what zerospan curve server.key printed',
      key,
    );
    const program = shell.python(`${above}${part}\nprint(socket.recv_string(), flush=True)`);
    await until(
      'the program',
      async () => (await shell.run("npx zerospan put room1 '1'")).includes('1 ZeroMQ'),
      20_000,
    );
    await program.says('room1 1');
  },
);
