import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { helpOf } from '../support/command-help.ts';
import { anchorsOf, committed, PAGES, type Page } from '../support/documents.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
const paths = committed();
/** Files that README has its reader make. */
const USERS = ['first.mjs'];
/** Flags of other programs. */
const FOREIGN = ['--project'];

/** What fails a check, each with the page where it stands. */
function wrong(check: (page: Page) => readonly string[]): string[] {
  return PAGES.flatMap((page) => check(page).map((what) => `${page.path}: ${what}`));
}

function flagsIn(text: string): string[] {
  return [...text.matchAll(/(?<![\w-])--[a-z][\w-]*/g)].map(([flag]) => flag);
}

/**
 * Flags and words that a script of ours takes: those of its source and its options, and the names of what it can run.
 */
function takenBy(script: string): { readonly flags: Set<string>; readonly words: Set<string> } {
  const [, entry = ''] = /(\S+\.ts)$/.exec(scripts[script] ?? '') ?? [];
  const folder = entry && join(root, dirname(entry));
  const main = entry && readFileSync(join(root, entry), 'utf8');
  const options = main.includes(`from './options.ts'`)
    ? readFileSync(join(folder, 'options.ts'), 'utf8')
    : '';
  const source = main + options;
  const names = [...source.matchAll(/'?([\w-]+)'?: \{ type:/g)].map(([, name]) => `--${name}`);
  const nearby = folder && readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const words = [...(nearby || [])]
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => [...readFileSync(join(folder, file), 'utf8').matchAll(/\bname: '([\w-]+)'/g)])
    .map(([, name = '']) => name);
  return { flags: new Set(names), words: new Set(words) };
}

it('no line is wider than 120 columns but rows of tables, frames of the protocol and what is generated', () => {
  const wide = wrong(({ text }) =>
    text
      .replaceAll(/^<!-- generated: [\s\S]*?^<!-- \/generated -->$/gm, '')
      .replaceAll(/^```zerospan\n[\s\S]*?^```$/gm, '')
      .split('\n')
      .filter((line) => line.length > 120 && !line.startsWith('|')),
  );
  expect(wide).toEqual([]);
});

describe('what the documents name is there', () => {
  it('links, and the headings that they lead to', () => {
    const dead = wrong(({ path, text }) =>
      [...text.matchAll(/\]\(([^)\s]+)\)/g)]
        .map(([, target = '']) => target)
        .filter((target) => !/^[a-z]+:/.test(target))
        .filter((target) => {
          const [file = '', anchor] = target.split('#');
          const at = file ? posix.normalize(posix.join(posix.dirname(path), file)) : path;
          const page = PAGES.find((each) => each.path === at);
          return !paths.has(at) || (anchor !== undefined && !(page && anchorsOf(page).has(anchor)));
        }),
    );
    expect(dead).toEqual([]);
  });

  it('files and folders', () => {
    const ours = /(?<![\w./@-])(?:shared|client|server|test|bench|docs|examples|\.ci)\/[\w./-]*\w/g;
    const missing = wrong(({ code }) =>
      code
        .flatMap((text) => [...text.matchAll(ours)].map(([path]) => path))
        .filter((path) => !paths.has(path)),
    );
    expect(missing).toEqual([]);
  });

  it('files that are named without their folder, or below one', () => {
    const isThere = (file: string): boolean => [...paths].some((path) => `/${path}`.endsWith(`/${file}`));
    const isFile = (text: string): boolean =>
      /^\w[\w./-]*\.(?:ts|mjs|md|py)$/.test(text) && !USERS.includes(text);
    expect(wrong(({ code }) => code.filter((text) => isFile(text) && !isThere(text)))).toEqual([]);
  });

  it('scripts of npm, with what they take', () => {
    let commands = 0;
    const bad = wrong(({ code }) =>
      code.flatMap((text) => {
        const found = /npm run (?:-s |--silent )?([\w:-]+)(?: -- ([^#&|>]*))?/.exec(text);
        if (!found) return [];
        commands++;
        const [command, name = '', given = ''] = found;
        if (!(name in scripts)) return [command];
        const { flags, words } = takenBy(name);
        const isUnknown = flagsIn(given).some((flag) => !flags.has(flag));
        // Words stand before flags.
        const lone = /^(?:[a-z][\w-]* ?)*/.exec(given)?.[0].trim().split(' ') ?? [];
        return isUnknown || lone.some((word) => word !== '' && !words.has(word)) ? [command] : [];
      }),
    );
    expect(bad).toEqual([]);
    expect(commands).toBeGreaterThan(30);
  });

  it('commands of zerospan, with their flags', async () => {
    const commands = [
      'serve',
      'put',
      'subscribe',
      'status',
      'channels',
      'sessions',
      'explain',
      'revoke',
      'completion',
      'bench',
      'demo',
      'curve',
      'log info',
      'log verify',
      'log export',
      'log import',
      'log move',
      'token create',
      'token verify',
      'token key',
    ];
    const help = new Map<string, string>();
    for (const command of commands) help.set(command, await helpOf(command));
    const known = new Set([...help.values()].flatMap(flagsIn));
    const bad = wrong(({ code }) =>
      code.flatMap((text) => {
        const [, name = '', given = ''] =
          /(?:^|[ (])(?:npx )?zerospan ((?:(?:token|log) )?[a-z]+)([^#|&\n]*)/.exec(
            text.replace('npm start --', 'zerospan serve'),
          ) ?? [];
        // A group of commands, or a sentence.
        if (['', 'token', 'log', 'help', 'is'].includes(name)) return [];
        const own = help.get(name);
        if (own === undefined) return [text];
        return flagsIn(given).flatMap((flag) => (flagsIn(own).includes(flag) ? [] : [`${name} ${flag}`]));
      }),
    );
    expect(bad).toEqual([]);
    // A flag alone is of one of these, or of one of our scripts.
    const scripted = Object.keys(scripts)
      .flatMap((name) => [...takenBy(name).flags])
      .concat(FOREIGN);
    const alone = wrong(({ code }) =>
      code
        .filter((text) => /^--[a-z][\w-]*/.test(text))
        .flatMap(flagsIn)
        .filter((flag) => !known.has(flag) && !scripted.includes(flag)),
    );
    expect(alone).toEqual([]);
  });
});
