import { describe, expect, it } from 'vitest';
import { fresh, GENERATED, read } from '../support/generated/documents.ts';
import { regenerate, table } from '../support/generated/regions.ts';

describe('what documents have from the code', () => {
  it.each(GENERATED)('%s is as the code says; otherwise: npm run docs', async (path) => {
    expect(read(path)).toBe(await fresh(path));
  });

  it('is in more than one document', () => {
    expect(GENERATED.length).toBeGreaterThan(4);
  });

  it('replaces regions alone, and refuses a name that nobody knows', async () => {
    const generators = new Map([['twice', (rest: string) => `${rest} ${rest}`]]);
    const region = (name: string, content: string) =>
      `<!-- generated: ${name} -->\n${content}\n<!-- /generated -->\n`;
    expect(await regenerate(`a\n${region('twice b c', 'old')}d\n`, generators)).toBe(
      `a\n${region('twice b c', '\nb c b c\n')}d\n`,
    );
    await expect(regenerate(region('unknown', ''), generators)).rejects.toThrow('No generator is called');
  });

  it('escapes what a table would take for the end of a cell', () => {
    expect(table(['a'], [['b | c']])).toBe('| a |\n|---|\n| b \\| c |');
  });
});
