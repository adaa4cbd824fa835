import { PAGES } from './documents.ts';

/** A block of code in a page that users read. */
export interface Snippet {
  readonly page: string;
  /** The text of the heading that it stands below. */
  readonly heading: string;
  readonly language: string;
  readonly code: string;
  /** Why no test runs it: `<!-- not run: … -->` on the line before it. */
  readonly notRun?: string;
}

/** Pages whose code a user copies. */
const FOR_USERS = /^(?:README\.md|docs\/.*\.md|(?:client|server|cli|shared|examples\/\w+)\/README\.md)$/;

/** A region that is generated: no code of a user's. */
const GENERATED = /^<!-- generated: [\s\S]*?^<!-- \/generated -->$/gm;

const BLOCK = /^(#+ .*)$|^(?:<!-- not run: (.+) -->\n)?( *)```([\w-]*)\n([\s\S]*?)^ *```$/gm;

/** All of them, in the order of the pages. */
export const SNIPPETS: readonly Snippet[] = PAGES.filter(({ path }) => FOR_USERS.test(path)).flatMap(
  ({ path, text }) => {
    let heading = '';
    const found: Snippet[] = [];
    for (const [, head, notRun, indent, language = '', block = ''] of text
      .replace(GENERATED, '')
      .matchAll(BLOCK)) {
      if (head !== undefined) heading = head.replace(/^#+ /, '');
      else
        found.push({
          page: path,
          heading,
          language,
          code: block.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
          ...(notRun !== undefined && { notRun }),
        });
    }
    return found;
  },
);

/**
 * The code of a language below headings, in its order; of the whole page where none is named.
 * @throws when there is none: a test that runs nothing shows nothing
 */
export function snippets(page: string, language: string, ...headings: string[]): string[] {
  const found = SNIPPETS.filter(
    (each) =>
      each.page === page &&
      each.language === language &&
      each.notRun === undefined &&
      (headings.length === 0 || headings.includes(each.heading)),
  );
  if (found.length === 0) throw new Error(`${page} has no ${language} below ${headings.join(', ')}`);
  return found.map(({ code }) => code);
}

/** The one snippet below a heading. */
export function snippet(page: string, language: string, heading: string): string {
  const [code = '', ...others] = snippets(page, language, heading);
  if (others.length > 0) throw new Error(`${page} has more than one ${language} below ${heading}`);
  return code;
}
