/** A place in a document that is generated: between `<!-- generated: NAME -->` and `<!-- /generated -->`. */
const REGION = /^(<!-- generated: (.+) -->\n)[\s\S]*?^(<!-- \/generated -->)$/gm;

/** Makes the content of a region of this kind; `rest` is what its name says behind the kind, such as `token key`. */
export type Generator = (rest: string) => string | Promise<string>;

/**
 * The same document with each of its regions generated again.
 * @throws when a region has a name that no generator has
 */
export async function regenerate(
  document: string,
  generators: ReadonlyMap<string, Generator>,
): Promise<string> {
  const contents: string[] = [];
  for (const [, , name = ''] of document.matchAll(REGION)) {
    const [kind = '', ...rest] = name.split(' ');
    const generator = generators.get(kind);
    if (!generator)
      throw new Error(`No generator is called "${kind}"; there are ${[...generators.keys()].join(', ')}`);
    contents.push(await generator(rest.join(' ')));
  }
  return document.replace(REGION, (_, begin: string, _name, end: string) =>
    [begin, '\n', contents.shift() ?? '', '\n\n', end].join(''),
  );
}

/** A table of Markdown. Cells are text of one line; a bar in them is escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}

/** A heading and what stands below it, for each group of items; groups in the order in which they come. */
export function sections<T>(
  items: readonly T[],
  headingOf: (item: T) => string,
  below: (group: readonly T[]) => string,
): string {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const heading = headingOf(item);
    groups.set(heading, [...(groups.get(heading) ?? []), item]);
  }
  return [...groups].map(([heading, group]) => `## ${heading}\n\n${below(group)}`).join('\n\n');
}
