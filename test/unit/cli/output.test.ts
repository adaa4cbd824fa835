import { Writable } from 'node:stream';
import { Bus } from '@zerospan/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../../cli/src/program.ts';
import type { RunningServer } from '../../../server/src/compose.ts';
import { testFolder } from '../../support/certificate.ts';
import { ANY_PORTS, anyServer } from '../../support/terminal.ts';

const ENV = { ...ANY_PORTS, ZEROSPAN_AUTH_SECRET: 'x'.repeat(43) };

let server: RunningServer;

beforeAll(async () => {
  server = await anyServer();
  const bus = new Bus(server.ws);
  await bus.put('room1', 1);
  await bus.close();
}, 20_000);

afterAll(() => server.stop());

/** A command whose output meets this error. */
async function broken(args: readonly string[], code: string): Promise<{ exit: number; talk: string }> {
  let talk = '';
  const stderr = new Writable({
    write(chunk, _, done) {
      talk += String(chunk);
      done();
    },
  });
  const interrupt = new AbortController();
  const stdout = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error(`${code}: write`), { code })),
  });
  // As the process does.
  stdout.on('error', () => code === 'EPIPE' && interrupt.abort());
  const { stdin } = process;
  const exit = await run(args, { stdin, stdout, stderr, env: ENV, interrupted: interrupt.signal });
  return { exit, talk };
}

const COMMANDS = [
  ['put', 'room2', '1'],
  ['put', 'room2', '1', '--json'],
  ['subscribe', 'room1', '--last', '1'],
  ['subscribe', 'room1', '--last', '1', '--json'],
  ['bench', '--subscribers', '1', '--duration-ms', '50', '--warm-up-ms', '0'],
  ['bench', '--subscribers', '1', '--duration-ms', '50', '--warm-up-ms', '0', '--json'],
  ['demo', '--rounds', '1', '--pace-ms', '0'],
  ['serve'],
  ['serve', '--json'],
  ['curve', 'FOLDER/server.key'],
  ['token', 'create', '--secret-env', '--subject', 'alice'],
  ['--help'],
  ['serve', '--help'],
  ['--version'],
];

function args(command: readonly string[]): string[] {
  const here = ['put', 'subscribe', 'bench'].includes(command[0] as string) ? ['--url', server.ws] : [];
  return [...command, ...here].map((each) => each.replace('FOLDER', testFolder()));
}

describe('output that cannot be written', () => {
  it.each(COMMANDS.map((command) => [command]))(
    'ends %j with 1 and one line that says so',
    async (command) => {
      const { exit, talk } = await broken(args(command), 'ENOSPC');
      expect(talk).toContain('zerospan: the output cannot be written: ENOSPC: write\n');
      expect(exit).toBe(1);
    },
  );

  it('says that a put was accepted, which one that puts again would have to know', async () => {
    const { talk } = await broken(args(['put', 'room2', '1']), 'ENOSPC');
    expect(talk).toMatch(/^zerospan: the put was accepted; its result is lost\n/);
  });

  it.each(COMMANDS.map((command) => [command]))(
    'is no error of %j where the reader of a pipe has closed it',
    async (command) => {
      const { exit, talk } = await broken(args(command), 'EPIPE');
      expect(talk).not.toContain('EPIPE');
      expect(exit).toBe(0);
    },
  );
});
