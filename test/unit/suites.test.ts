import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import config from '../../vitest.config.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Project {
  readonly test: {
    readonly name: string;
    readonly include: readonly string[];
    readonly exclude: readonly string[];
  };
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
    const has = ({ include, exclude }: Project['test'], file: string): boolean =>
      !exclude.includes(file) && include.some((pattern) => file.startsWith(pattern.replace(/\*.*/, '')));
    const homeless = files.filter((file) => projects.filter((project) => has(project, file)).length !== 1);
    expect(projects.flatMap(({ exclude }) => exclude).filter((file) => !files.includes(file))).toEqual([]);
    expect(homeless).toEqual([]);
    expect(files.length).toBeGreaterThan(100);
  });
});

describe('the tally of several runs', () => {
  const sum = (...lines: string[]): { text: string; fails: boolean } => {
    try {
      const text = execFileSync(join(root, '.ci/tally'), { input: lines.join('\n'), encoding: 'utf8' });
      return { text, fails: false };
    } catch (error) {
      return { text: (error as { stdout: string }).stdout, fails: true };
    }
  };

  const UNCOUNTED = ' of 2 runs ended before it counted its tests';

  it.each([
    { of: ['5 passed, 0 failed', '2 passed, 0 failed'], lines: ['7 passed, 0 failed'], fails: false },
    {
      of: ['5 passed, 0 failed, 1 skipped', 'failed: unit a.test.ts > b: c', '2 passed, 1 failed'],
      lines: ['failed: unit a.test.ts > b: c', '7 passed, 1 failed, 1 skipped'],
      fails: true,
    },
    { of: ['5 passed, 0 failed'], lines: [`failed: 1${UNCOUNTED}`, '5 passed, 1 failed'], fails: true },
    { of: [], lines: [`failed: 2${UNCOUNTED}`, '0 passed, 2 failed'], fails: true },
  ])('of $of is $lines', ({ of, lines, fails }) => {
    expect(sum(...of)).toEqual({ text: `${lines.join('\n')}\n`, fails });
  });
});
