import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { endsWithUs, isRunning, OWN_GROUP } from '../support/children.ts';
import { typed } from '../support/examples.ts';
import { findNatsServer } from '../support/jetstream/nats-server.ts';
import { available } from '../support/required.ts';
import { Program } from '../support/shell.ts';
import { snippet } from '../support/snippets.ts';
import { until } from '../support/until.ts';
import { freePort } from '../support/zeromq.ts';

const README = 'examples/cluster/README.md';

/** Longest wait for a program that starts, in ms. */
const PATIENCE_MS = 120_000;

/** Its first line of figures. */
const FIGURES = '   1 s  put';

const path = findNatsServer();
const shown = snippet(README, 'console', 'A cluster to kill');

/** Types the line that README shows, with other options, and types into it whatever a test gives. */
async function start(options: string, nats = path): Promise<Program & { type(keys: string): void }> {
  const [line = ''] = typed(shown);
  const [, ...args] = line
    .replace(/ --seconds.*/, ` --port ${await freePort()} ${options}`)
    .trim()
    .split(' ');
  const child = endsWithUs(
    spawn(process.execPath, args, {
      ...OWN_GROUP,
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, NATS_SERVER: nats, NO_COLOR: '1', FORCE_COLOR: undefined },
    }),
  );
  // A key that is typed as it ends goes nowhere.
  child.stdin.on('error', () => {});
  const program = new Program(child);
  // By SIGTERM, at which it ends what it has started.
  onTestFinished(() => program.stop('SIGTERM'));
  return Object.assign(program, { type: (keys: string) => void child.stdin.write(keys) });
}

/** The processes that it named. */
function started({ written }: Program): number[] {
  return [...written.matchAll(/(?:\bpid|as process) (\d+)/g)].map(([, pid]) => Number(pid));
}

/** What the demo comes to, without its figures: those that have to be 0 stay. */
function account(text: string): string[] {
  const lines = text.slice(text.indexOf('Ending:')).trimEnd().split('\n');
  const figures = /\d+(?= (?:put|accepted|refused|with an|received|gaps|reconnects))/g;
  return lines.filter((line) => !line.startsWith(' ')).map((line) => line.replaceAll(figures, 'n'));
}

/** Waits until it has written a text, or ended without: NATS servers that elect a leader may take long. */
async function says(program: Program, text: string): Promise<void> {
  await Promise.race([until(text, () => program.written.includes(text), PATIENCE_MS), program.ended]);
  expect(program.written).toContain(text);
}

describe.runIf(available('nats-server', path))('examples/cluster', () => {
  it('loses nothing and has nothing twice while one thing after the other is killed, as README shows', async () => {
    const demo = await start('--seconds 20 --kill --every 4');
    expect(await demo.ended, demo.written).toBe(0);
    expect(account(demo.written)).toEqual(account(shown));
    expect(demo.written.match(/killed (?:nats|node)-\d/g)?.length).toBeGreaterThan(0);
    expect(Number(/(\d+) accepted,/.exec(demo.written)?.[1])).toBeGreaterThan(100);
  });

  it('kills and starts by keys, and ends at SIGINT with its account and all that it started', async () => {
    const demo = await start('');
    await says(demo, FIGURES);
    demo.type('14');
    await says(demo, 'killed nats-1');
    await says(demo, 'killed node-1');
    demo.type('14');
    await says(demo, 'nats-1 is back');
    await says(demo, 'node-1 is back');
    const pids = started(demo);
    expect(pids.length).toBe(7);
    expect(pids.filter(isRunning).length).toBe(5);
    await demo.stop('SIGINT');
    expect(await demo.ended, demo.written).toBe(0);
    expect(account(demo.written)).toEqual(account(shown));
    expect(pids.filter(isRunning)).toEqual([]);
    const [, folder = ''] = /their logs: (\S+)/.exec(demo.written) ?? [];
    expect(folder).not.toBe('');
    expect(existsSync(folder)).toBe(false);
  });

  it('ends all that it started at SIGTERM, too', async () => {
    const demo = await start('');
    await says(demo, FIGURES);
    const pids = started(demo);
    expect(pids.filter(isRunning).length).toBe(5);
    await demo.stop('SIGTERM');
    expect(await demo.ended).toBe(1);
    expect(pids.filter(isRunning)).toEqual([]);
  });
});

it('examples/cluster says how to install a nats-server where there is none', async () => {
  const demo = await start('', 'no-such-server');
  expect(await demo.ended).toBe(1);
  expect(demo.written).toContain('There is no no-such-server on the PATH.');
  expect(demo.written).toContain('apt-get install nats-server');
  expect(demo.written).toContain('go install github.com/nats-io/nats-server/v2@latest');
});
