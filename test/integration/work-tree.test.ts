import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Unbuildable, WorkTree } from '../../bench/against/work-tree.ts';
import { endsWithUs, isRunning, OWN_GROUP } from '../support/children.ts';
import { until } from '../support/until.ts';

const LOCK = {
  name: 'tree',
  lockfileVersion: 3,
  requires: true,
  packages: {
    '': { name: 'tree', workspaces: ['cli'] },
    cli: { name: 'zerospan', version: '1.0.0', bin: { zerospan: 'zerospan.js' } },
    'node_modules/zerospan': { resolved: 'cli', link: true },
  },
};

/** A repository of one commit, whose command line is made by its build. */
function repository(build: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'zerospan-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'cli'));
  const json = (name: string, value: object): void =>
    writeFileSync(join(folder, name), JSON.stringify(value));
  json('package.json', { name: 'tree', workspaces: ['cli'], scripts: { build: 'node build.mjs' } });
  json('cli/package.json', { name: 'zerospan', version: '1.0.0', bin: { zerospan: 'zerospan.js' } });
  json('package-lock.json', LOCK);
  writeFileSync(join(folder, 'build.mjs'), build);
  const git = (...args: string[]): void => void execFileSync('git', ['-C', folder, ...args]);
  git('init', '--quiet');
  git('add', '.');
  const author = ['-c', 'user.name=Test', '-c', 'user.email=test@localhost', '-c', 'commit.gpgsign=false'];
  git(...author, 'commit', '--quiet', '--message', 'One');
  return folder;
}

const BUILDS = `import { writeFileSync } from 'node:fs'; writeFileSync('cli/zerospan.js', '');`;

/** It names its process in a file, and never ends. */
const HANGS = `import { writeFileSync } from 'node:fs';
  writeFileSync('pid', String(process.pid)); setInterval(() => {}, 1_000);`;

const metadata = (folder: string): string[] => {
  const worktrees = join(folder, '.git', 'worktrees');
  return existsSync(worktrees) ? readdirSync(worktrees) : [];
};

const uninterrupted = { unless: <T>(work: Promise<T>): Promise<T> => work };

describe('a work tree of another commit', () => {
  it('is built as that commit builds itself, outside of the repository, and goes whole', async () => {
    const folder = repository(BUILDS);
    const tree = new WorkTree(folder, 'HEAD');
    onTestFinished(() => tree.remove());
    expect(tree.folder.startsWith(folder)).toBe(false);
    // What is not committed is not in it.
    writeFileSync(join(folder, 'build.mjs'), 'throw new Error();');
    const { bin } = await tree.build(uninterrupted);
    expect(bin).toBe(join(tree.folder, 'cli/zerospan.js'));
    expect(existsSync(bin)).toBe(true);
    expect(metadata(folder)).toHaveLength(1);
    tree.remove();
    expect(existsSync(dirname(tree.folder))).toBe(false);
    expect(metadata(folder)).toEqual([]);
  });

  it('is refused with the reason where a commit is not there or does not build', async () => {
    const folder = repository('console.error("the reason why"); process.exit(3);');
    expect(() => new WorkTree(folder, 'nowhere')).toThrow(
      new Unbuildable('There is no commit "nowhere" here.'),
    );
    const tree = new WorkTree(folder, 'HEAD');
    onTestFinished(() => tree.remove());
    await expect(tree.build(uninterrupted)).rejects.toThrow(
      /npm run --silent build ended with 3\.\nthe reason why/,
    );
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGKILL', null],
  ] as const)('leaves neither process nor folder after %s', async (signal, exitCode) => {
    const folder = repository(HANGS);
    const script = fileURLToPath(new URL('../support/building-process.ts', import.meta.url));
    const args = ['--import', 'tsx', '--conditions=zerospan-source', script, folder];
    const stdio: ['ignore', 'pipe', 'inherit'] = ['ignore', 'pipe', 'inherit'];
    const starter = endsWithUs(spawn(process.execPath, args, { ...OWN_GROUP, stdio }));
    const ended = once(starter, 'exit');
    const [tree] = (await once(createInterface({ input: starter.stdout }), 'line')) as [string];
    const pidFile = join(tree, 'pid');
    const named = await until(
      'the build',
      () => existsSync(pidFile) && readFileSync(pidFile, 'utf8'),
      15_000,
    );
    starter.kill(signal);
    expect((await ended)[0]).toBe(exitCode);
    await until('the end of the build', () => !isRunning(Number(named)));
    await until('the end of the folder', () => !existsSync(dirname(tree)));
    // After a kill nobody could tell git, and the next work tree does.
    if (signal === 'SIGKILL') new WorkTree(folder, 'HEAD').remove();
    expect(metadata(folder)).toEqual([]);
  });
});
