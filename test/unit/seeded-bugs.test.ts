import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { seeded } from '../support/bugs/bug.ts';
import { bugs } from '../support/bugs/bugs.ts';
import { unitBugs } from '../support/bugs/unit.ts';

/** `test/seeded` puts them in and takes minutes: that a line has moved is found here, before each commit. */
describe.each([
  { caughtBy: 'the model test', all: bugs },
  { caughtBy: 'unit tests', all: unitBugs },
])('each seeded bug that $caughtBy must catch', ({ all }) => {
  for (const bug of all) {
    it(`has its place in the code, once: ${bug.name}`, () => {
      const text = readFileSync(new URL(`../../${bug.file}`, import.meta.url), 'utf8');
      expect(seeded(text, bug)).not.toBe(text);
      // A private name that the class has no more fails as it is loaded, which shows nothing.
      const names = bug.replace.match(/#\w+/g) ?? [];
      expect(names.filter((name) => !text.includes(name))).toEqual([]);
    });
  }

  it('has a name of its own', () => {
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  });
});
