import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { committed } from '../support/documents.ts';
import { importsOf, PAGE_SOURCES, read, SOURCES, WORKSPACES } from '../support/imports.ts';

const LINES_MOST = 300;
const FILES_MOST = 12;

/** Rooms that hold more files side by side, each with the reason. */
const LARGER_ROOMS: Readonly<Record<string, string>> = {};

/** Folders of `test/unit` that are named after no package and no room of the server, each with the reason. */
const TESTED_ELSEWHERE: Readonly<Record<string, string>> = {
  bench: 'bench/ is no package',
  bounds: 'drives whatever grows to its bound, in all rooms',
  fuzz: 'tests of test/fuzz',
  log: 'the room core/log, large enough for a folder of its own',
  model: 'tests of test/support/model',
};

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Which files each file imports, among these; types count. */
type Graph = ReadonlyMap<string, readonly string[]>;

function graphOf(files: readonly string[], text: (file: string) => string): Graph {
  const known = new Set(files);
  return new Map(
    files.map((file) => [
      file,
      importsOf(file, text(file))
        .map(({ target }) => target)
        .filter((target) => known.has(target)),
    ]),
  );
}

/** The first way from a file back to itself, for each circle that a walk through all files meets. */
function circlesOf(graph: Graph): string[][] {
  const found: string[][] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const walk = (file: string): void => {
    const at = path.indexOf(file);
    if (at >= 0) found.push([...path.slice(at), file]);
    if (at >= 0 || done.has(file)) return;
    path.push(file);
    for (const next of graph.get(file) ?? []) walk(next);
    path.pop();
    done.add(file);
  };
  for (const file of graph.keys()) walk(file);
  return found;
}

/** The package that an import comes from; undefined for a file, for Node, and for the package's own `#` names. */
function packageOf(target: string): string | undefined {
  if (/^(?:node:|#)/.test(target) || SOURCES.includes(target)) return undefined;
  return /^(?:@[^/]+\/)?[^/]+/.exec(target)?.[0];
}

const files = [...SOURCES, ...PAGE_SOURCES];
const byRoom = new Map<string, number>();
for (const file of files) byRoom.set(dirname(file), (byRoom.get(dirname(file)) ?? 0) + 1);

describe('the source', () => {
  it('has no circle of files, types included', () => {
    expect(circlesOf(graphOf(files, read)).map((circle) => circle.join(' → '))).toEqual([]);
  });

  it(`has no file longer than ${LINES_MOST} lines`, () => {
    const long = files.map((file) => ({ file, lines: read(file).trimEnd().split('\n').length }));
    expect(long.filter(({ lines }) => lines > LINES_MOST)).toEqual([]);
  });

  it(`has at most ${FILES_MOST} files side by side, or a reason`, () => {
    // A room of each: one that is not read would have no larger rooms.
    const read = [...WORKSPACES, 'client/console'].map((folder) => `${folder}/src`);
    expect(read.filter((folder) => ![...byRoom.keys()].some((room) => room.startsWith(folder)))).toEqual([]);
    const larger = [...byRoom].filter(([, files]) => files > FILES_MOST).map(([room]) => room);
    // Both ways: a reason that nobody needs any more goes.
    expect(larger.toSorted()).toEqual(Object.keys(LARGER_ROOMS).toSorted());
  });

  it.each(WORKSPACES)('of %s imports the packages that its manifest names, and no others', (workspace) => {
    const { dependencies = {} } = JSON.parse(read(`${workspace}/package.json`)) as Manifest;
    const imported = SOURCES.filter((file) => file.startsWith(`${workspace}/`)).flatMap((file) =>
      importsOf(file, read(file)).map(({ target }) => packageOf(target)),
    );
    const names = new Set(imported.filter((name) => name !== undefined));
    expect([...names].toSorted()).toEqual(Object.keys(dependencies).toSorted());
  });
});

describe('unit tests', () => {
  it('lie below the name of a package or of a room of the server', () => {
    const rooms = [...byRoom.keys()].flatMap((room) => /^server\/src\/([^/]+)/.exec(room)?.[1] ?? []);
    const known = new Set([...WORKSPACES, ...rooms, ...Object.keys(TESTED_ELSEWHERE)]);
    const folders = [
      ...new Set([...committed()].flatMap((path) => /^test\/unit\/([^/]+)\//.exec(path)?.[1] ?? [])),
    ];
    expect(folders.filter((name) => !known.has(name))).toEqual([]);
    expect(Object.keys(TESTED_ELSEWHERE).filter((name) => !folders.includes(name))).toEqual([]);
  });
});

describe('a circle is found', () => {
  const found = (files: Record<string, string>): string[][] =>
    circlesOf(graphOf(Object.keys(files), (file) => files[file] ?? ''));

  it('of two files', () => {
    expect(found({ 'a/x.ts': `import { y } from '../y.ts';`, 'y.ts': `export * from './a/x.ts';` })).toEqual([
      ['a/x.ts', 'y.ts', 'a/x.ts'],
    ]);
  });

  it('of types alone, behind a file that is no part of it', () => {
    const files = {
      'a.ts': `import { b } from './b.ts';`,
      'b.ts': `import type { C } from './c.ts';`,
      'c.ts': `import type { B } from './b.ts';`,
    };
    expect(found(files)).toEqual([['b.ts', 'c.ts', 'b.ts']]);
  });

  it('not where two ways lead to one file', () => {
    const files = {
      'a.ts': `import { b } from './b.ts';\nimport { c } from './c.ts';`,
      'b.ts': `import { c } from './c.ts';`,
      'c.ts': '',
    };
    expect(found(files)).toEqual([]);
  });
});
