import { readFileSync } from 'node:fs';
import { CLOSE, CODES } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import { SECURITY_EVENTS } from '../../server/src/security-events.ts';
import { SETTINGS } from '../../server/src/settings/settings.ts';
import { REFUSALS } from '../../server/src/web/entry/refusals.ts';
import { helpOf } from '../support/command-help.ts';
import { committed, PAGES } from '../support/documents.ts';

/**
 * Words of a private dialect, and the field's words in their place. A stranger has to understand every sentence
 * without learning ours.
 */
const DIALECT: readonly (readonly [words: RegExp, instead: string])[] = [
  [/\b(?:told|tells?|telling|untold)\b/, 'report, receive, return, log'],
  [/\bpass(?:es|ed|ing)? over\b/, 'ignore'],
  [/\b(?:take[ns]?|took|taking) back\b/, 'revoke'],
  [/\bwant(?:s|ed|ing)?\b/, 'require (a rule, a server); subscribe to, match (a session)'],
  [/\b(?:who(?:ever)?|those who|others who) comes?\b|\bas many as come\b/, 'clients, connections; unlimited'],
  [/\bwhoever\b/, 'everybody who, the client that'],
  [/\bso many\b|\bhow many there\b|\bas many as may be\b/, 'n, the limit'],
  [/\blook(?:s|ed|ing)? (?:at|through)\b/, 'check, scan, read'],
  [/\bone in another\b/, 'nested'],
  [/\bmend(?:s|ed|ing)?\b/, 'fix'],
  [/\blet(?:s|ting)? in\b|\blets? \w+ in\b/, 'admit, reject'],
  [/\bwhose it is\b|\bwhat for\b|\bwhat it is for\b/, 'name the thing'],
  [/\banew\b/, 'again, restart, reconnect'],
  [/\bhow-manieth\b/, 'number, from 1'],
  [/\b(?:cannot|can) be had\b/, 'out of range, not available'],
  [/\bturn(?:s|ed)? away\b/, 'reject'],
];

/** The same in names, where more of them are habits: a text may look up a word, a function is better called `scan`. */
const DIALECT_OF_NAMES: typeof DIALECT = [
  ...DIALECT,
  [/\btellings?\b/, 'report'],
  [/\bunwant(?:s|ed)?\b/, 'unsubscribed, unmatched'],
  [/\blook(?:s|ed|ing)?\b/, 'check, scan, poll'],
  [/\bwhose\b/, 'owner, sender'],
  [/\bcome ?backs?\b|\bcom(?:es|ing) back\b/, 'reconnect'],
];

/** Names that are more than ours, each with the reason why it stays. */
const KEPT_NAMES: Readonly<Record<string, string>> = {
  comeBackMs: 'a field of `draining`, a message of the protocol',
};

const PAGE = 'client/console/index.html';
const SOURCES = /^(?:(?:shared|client|server|cli)\/src|client\/console\/src)\/.*\.tsx?$/;
/** Code whose comments are held to it: also what runs the benchmarks and the tests. */
const COMMENTED =
  /^(?:(?:shared|client|server|cli)\/src|client\/console\/src|bench|examples|test\/support)\/.*\.m?[jt]sx?$/;

/** Code whose names are held to it: all of it. */
const NAMED =
  /^(?:(?:shared|client|server|cli)\/src|client\/console\/src|bench|examples|test)\/.*\.m?[jt]sx?$/;

function source(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

/** The string literals of more than a word, each in its line; comments have none. */
function sentencesIn(code: string): string {
  return code
    .replaceAll(/\/\*[\s\S]*?\*\//g, (comment) => comment.replaceAll(/[^\n]/g, ''))
    .split('\n')
    .map((line) => line.replace(/(?:^|\s)\/\/.*$/, ''))
    .map((line) => [...line.matchAll(/(['"`])(?:\\.|(?!\1).)*\1/g)].map(([literal]) => literal))
    .map((literals) => literals.filter((literal) => literal.includes(' ')).join(' '))
    .map((text) => text.replaceAll(/\$\{[^}]*\}/g, '…'))
    .join('\n');
}

/** A block comment, or line comments below each other. A phrase may be wrapped, so a comment is read as one line. */
const COMMENT = /\/\*\*?(?=\s)[\s\S]*?\*\/|(?:^|(?<=\s))\/\/.*$(?:\n[ \t]*\/\/.*$)*/gm;

/** The prose of each comment in the line in which it begins; the other lines are empty. */
function commentsIn(code: string): string {
  const lines = code.split('\n').map(() => '');
  for (const { index, 0: comment } of code.matchAll(COMMENT)) {
    const at = code.slice(0, index).split('\n').length - 1;
    lines[at] += prose(comment.replaceAll(/\s*\n\s*(?:\*(?!\/)|\/\/)?\s*/g, ' '));
  }
  return lines.join('\n');
}

/** Comments, strings, templates and regular expressions: what is left of code without them are names and signs. */
const NO_NAMES =
  /\/\*[\s\S]*?\*\/|\/\/.*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|\$\{(?:[^`}]|`[^`]*`)*\}|[^`\\])*`|(?<=[=(,:[!&|?{};\n]\s*)\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/[\\\n])+\//g;

/** Each name in the line in which it is first, in words: `isLastRead` as `is last read`. */
function namesIn(code: string): Map<string, { readonly line: number; readonly words: string }> {
  const names = new Map<string, { readonly line: number; readonly words: string }>();
  const bare = code.replaceAll(NO_NAMES, (text) => text.replaceAll(/[^\n]/g, ' '));
  for (const [i, line] of bare.split('\n').entries()) {
    for (const [name] of line.matchAll(/[A-Za-z_$][\w$]*/g)) {
      if (!names.has(name)) names.set(name, { line: i + 1, words: wordsOf(name) });
    }
  }
  return names;
}

function wordsOf(name: string): string {
  return name
    .replaceAll(/([a-z\d])([A-Z])|([A-Z])(?=[A-Z][a-z])/g, '$1$3 $2')
    .replaceAll(/[_\W]+/g, ' ')
    .toLowerCase();
}

/** What tests are called, each in the line in which it begins. */
const TITLE =
  /((?:\b(?:it|test|describe|conforms)(?:\.\w+)*\(|\)\()\s*)(['"`])((?:\\.|(?!\2).)*)\2(?=,\s*(?:async|\(|\{|\w+ =>))/g;

function titlesIn(code: string): string {
  const lines = code.split('\n').map(() => '');
  for (const { index, 1: before = '', 3: title = '' } of code.matchAll(TITLE)) {
    const at = code.slice(0, index + before.length).split('\n').length - 1;
    lines[at] = prose(title);
  }
  return lines.join('\n');
}

/** Names and quotations: what is in backticks or in a link is code, and stays as it is called. */
function prose(text: string): string {
  return text
    .replaceAll(/^```[\s\S]*?^```$/gm, '')
    .replaceAll(/`[^`]*`/g, '`…`')
    .replaceAll(/\]\([^)]*\)/g, ']');
}

/** Each line of a text that has such a word: where, the word, and what to write. */
function dialectIn(where: string, text: string): string[] {
  return text.split('\n').flatMap((line, i) =>
    DIALECT.flatMap(([words, instead]) => {
      const [found] = new RegExp(words, 'i').exec(line) ?? [];
      return found === undefined ? [] : [`${where}:${i + 1}: "${found}" (${instead}): ${line.trim()}`];
    }),
  );
}

describe('what people read has no words of a private dialect', () => {
  it.each(PAGES)('$path', ({ path, text }) => {
    expect(dialectIn(path, prose(text))).toEqual([]);
  });

  it('codes, close codes, refusals and security events', () => {
    const texts = [
      ...Object.values(CODES).flatMap(({ meaning, remedy }) => [meaning, remedy]),
      ...Object.values(CLOSE).map(({ meaning }) => meaning),
      ...Object.values(REFUSALS).flatMap(({ reason, remedy }) => [reason, remedy]),
      ...Object.values(SECURITY_EVENTS),
    ];
    expect(dialectIn('codes', texts.join('\n'))).toEqual([]);
  });

  it('settings', () => {
    const texts = SETTINGS.flatMap(({ description, expects }) => [description, expects]);
    expect(dialectIn('settings', texts.join('\n'))).toEqual([]);
  });

  it.each([
    'serve',
    'put',
    'subscribe',
    'token create',
    'token verify',
    'token key',
    'curve',
    'demo',
    'bench',
  ])('the help of %s', async (command) => {
    expect(dialectIn(command, await helpOf(command))).toEqual([]);
  });

  it('the page', () => {
    expect(dialectIn(PAGE, source(PAGE))).toEqual([]);
  });

  it('what the programs print, log and answer', () => {
    const files = [...committed()].filter((path) => SOURCES.test(path));
    expect(files.length).toBeGreaterThan(200);
    expect(files.flatMap((path) => dialectIn(path, sentencesIn(source(path))))).toEqual([]);
  });

  it('comments', () => {
    const files = [...committed()].filter((path) => COMMENTED.test(path));
    expect(files.length).toBeGreaterThan(300);
    expect(files.flatMap((path) => dialectIn(path, commentsIn(source(path))))).toEqual([]);
  });

  it('names in code', () => {
    const files = [...committed()].filter((path) => NAMED.test(path));
    const kept = new Set<string>();
    const found = files.flatMap((path) =>
      [...namesIn(source(path))].flatMap(([name, { line, words }]) => {
        const [, instead] = DIALECT_OF_NAMES.find(([pattern]) => pattern.test(words)) ?? [];
        if (instead !== undefined && name in KEPT_NAMES) kept.add(name);
        return instead === undefined || name in KEPT_NAMES ? [] : [`${path}:${line}: ${name} (${instead})`];
      }),
    );
    expect(found).toEqual([]);
    // Both ways: an exception that nothing needs any more goes.
    expect([...kept].toSorted()).toEqual(Object.keys(KEPT_NAMES).toSorted());
  });

  it('names of files and folders', () => {
    const parts = new Set([...committed()].flatMap((path) => path.split('/')));
    const found = [...parts].filter((part) => DIALECT_OF_NAMES.some(([words]) => words.test(wordsOf(part))));
    expect(found).toEqual([]);
  });

  it('titles of tests', () => {
    const files = [...committed()].filter((path) => /^test\/.*\.ts$/.test(path));
    const titles = files.map((path) => ({ path, text: titlesIn(source(path)) }));
    expect(titles.flatMap(({ text }) => text.split('\n').filter((title) => title)).length).toBeGreaterThan(
      2_000,
    );
    expect(titles.flatMap(({ path, text }) => dialectIn(path, text))).toEqual([]);
  });

  it('comments have no line above 120 columns, which the formatter leaves alone', () => {
    const files = [...committed()].filter((path) => COMMENTED.test(path));
    const long = files.flatMap((path) =>
      source(path)
        .split('\n')
        .flatMap((line, i) =>
          /^\s*(?:\*|\/\/|\/\*)/.test(line) && line.length > 120 ? [`${path}:${i + 1}`] : [],
        ),
    );
    expect(long).toEqual([]);
  });
});

describe('names are read in words', () => {
  it.each([
    ['isTold', 'is told'],
    ['LOOK_MS', 'look ms'],
    ['#turnedAway', ' turned away'],
    ['HTTPAnswer', 'http answer'],
    ['coming-back.test.ts', 'coming back test ts'],
  ])('%s', (name, words) => {
    expect(wordsOf(name)).toBe(words);
  });

  it('of code alone: not of comments, strings, templates and regular expressions', () => {
    const template = ['`told $', '{`told`} told`'].join('');
    const code = `const a = 'told'; // told\n/* told */ const b = ${template};\nf(/told'/, c);`;
    expect([...namesIn(code).keys()]).toEqual(['const', 'a', 'b', 'f', 'c']);
  });
});
