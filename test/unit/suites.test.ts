import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import config from '../../vitest.config.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Project {
  readonly test: { readonly name: string; readonly include: readonly string[] };
}

const projects = ((config.test?.projects ?? []) as readonly Project[]).map(({ test }) => test);
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

function projectsOf(script: string): string[] {
  return [...(scripts[script] ?? '').matchAll(/--project (\S+)/g)].map(([, name = '']) => name);
}

describe('the suites', () => {
  it('together run every project once', () => {
    const run = [...projectsOf('test'), ...projectsOf('test:long')];
    expect(run.sort()).toEqual(projects.map(({ name }) => name).sort());
  });

  it('have every file of tests in one project', () => {
    const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.test.ts'))
      .map((file) => `test/${file}`);
    const folders = projects.flatMap(({ include }) => include.map((pattern) => pattern.replace(/\*.*/, '')));
    const homeless = files.filter((file) => folders.filter((folder) => file.startsWith(folder)).length !== 1);
    expect(homeless).toEqual([]);
    expect(files.length).toBeGreaterThan(100);
  });
});

describe('the tally of several runs', () => {
  const sum = (...lines: string[]): { line: string; fails: boolean } => {
    try {
      const line = execFileSync(join(root, '.ci/tally'), { input: lines.join('\n'), encoding: 'utf8' });
      return { line, fails: false };
    } catch (error) {
      return { line: (error as { stdout: string }).stdout, fails: true };
    }
  };

  it.each([
    { of: ['5 passed, 0 failed', '2 passed, 0 failed'], line: '7 passed, 0 failed', fails: false },
    {
      of: ['5 passed, 0 failed, 1 skipped', '2 passed, 1 failed'],
      line: '7 passed, 1 failed, 1 skipped',
      fails: true,
    },
    { of: ['5 passed, 0 failed'], line: '5 passed, 1 failed', fails: true },
    { of: [], line: '0 passed, 2 failed', fails: true },
  ])('of $of is $line', ({ of, line, fails }) => {
    expect(sum(...of)).toEqual({ line: `${line}\n`, fails });
  });
});
