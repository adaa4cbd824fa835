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
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const text = (path: string): string => readFileSync(`${root}${path}`, 'utf8');
const manifest = (folder = '.'): Manifest => JSON.parse(text(`${folder}/package.json`)) as Manifest;
const published = (manifest().workspaces ?? []).filter((folder) => !manifest(folder).private);

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
