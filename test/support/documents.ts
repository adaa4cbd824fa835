import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A page for people, and what of it is code: in backticks, or in a block of its own. */
export interface Page {
  readonly path: string;
  readonly text: string;
  readonly code: readonly string[];
}

export const PAGES: readonly Page[] = [...committed()].filter((path) => path.endsWith('.md')).map(pageAt);

function pageAt(path: string): Page {
  const text = readFileSync(`${root}${path}`, 'utf8');
  const fenced = [...text.matchAll(/^```.*\n([\s\S]*?)^```/gm)].map(([, block = '']) => block);
  const prose = text.replace(/^```.*\n[\s\S]*?^```/gm, '');
  const indented = prose.match(/^ {4}\S.*$/gm) ?? [];
  // A command in backticks may be broken where a line ends.
  const inline = [...prose.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code.replaceAll(/\s+/g, ' '));
  return { path, text, code: [...fenced.flatMap((block) => block.split('\n')), ...indented, ...inline] };
}

/** Anchors of a page's headings, as GitHub makes them. */
export function anchorsOf({ text }: Page): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of text.matchAll(/^#+ (.+)$/gm)) {
    const slug = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-');
    let anchor = slug;
    for (let n = 1; anchors.has(anchor); n++) anchor = `${slug}-${n}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** Everything that is committed, and the folders above it. */
export function committed(): Set<string> {
  const files = execFileSync('git', ['-c', 'safe.directory=*', 'ls-files', '-co', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  const paths = new Set<string>();
  for (const file of files.trim().split('\n')) {
    const parts = file.split('/');
    for (let n = 1; n <= parts.length; n++) paths.add(parts.slice(0, n).join('/'));
  }
  return paths;
}
