import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly license: string;
  readonly workspaces?: readonly string[];
  readonly bin?: Readonly<Record<string, string>>;
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const text = (path: string): string => readFileSync(`${root}${path}`, 'utf8');
const manifest = (folder = '.'): Manifest => JSON.parse(text(`${folder}/package.json`)) as Manifest;
const published = (manifest().workspaces ?? []).filter((folder) => !manifest(folder).private);

/** What an installation of one workspace brings: names of packages, its own included. */
function installed(folder: string): Set<string> {
  const { packages } = JSON.parse(text('package-lock.json')) as {
    packages: Record<string, { dependencies?: Record<string, string>; resolved?: string; link?: boolean }>;
  };
  const found = new Set<string>();
  const add = (path: string): void => {
    for (const name of Object.keys(packages[path]?.dependencies ?? {})) {
      if (found.has(name)) continue;
      found.add(name);
      const { link, resolved = '' } = packages[`node_modules/${name}`] ?? {};
      add(link ? resolved : `node_modules/${name}`);
    }
  };
  add(folder);
  return found;
}

it('packages are published', () => expect(published).not.toEqual([]));

describe.each(published)('the tarball of %s', (folder) => {
  it('has the licence, the notice and a README, beside what runs', async () => {
    const pack = ['pack', '--dry-run', '--json', '-w', folder];
    const { stdout } = await promisify(execFile)('npm', pack, { cwd: root });
    const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
    const paths = files.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['LICENSE', 'NOTICE', 'README.md', 'package.json']));
    expect(
      paths.filter((path) => !/^(?:LICENSE|NOTICE|README\.md|package\.json|(?:src|dist|bin)\/)/.test(path)),
    ).toEqual([]);
  });

  it("has the repository's own licence and notice, and names its package", () => {
    for (const file of ['LICENSE', 'NOTICE']) expect(text(`${folder}/${file}`)).toBe(text(file));
    expect(manifest(folder).license).toBe(manifest().license);
    expect(text(`${folder}/README.md`)).toMatch(new RegExp(`^# ${manifest(folder).name}\n`));
  });
});

describe('the plugin alone', () => {
  it('brings no command', () => expect(manifest('server').bin).toBeUndefined());

  it('brings neither the command line nor the client, nor what only they need', () => {
    const brought = installed('server');
    expect([...brought]).toEqual(expect.arrayContaining(['@zerospan/shared', 'fastify', 'zeromq']));
    const others = ['zerospan', '@zerospan/client', 'commander', 'close-with-grace'];
    expect(others.filter((name) => brought.has(name))).toEqual([]);
  });
});

it('the command line brings a command of its name, server and client', () => {
  expect(manifest('cli')).toMatchObject({ name: 'zerospan', bin: { zerospan: 'bin/zerospan.js' } });
  expect([...installed('cli')]).toEqual(expect.arrayContaining(['@zerospan/client', '@zerospan/server']));
});
