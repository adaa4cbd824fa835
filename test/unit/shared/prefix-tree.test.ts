import { PrefixTree, prefixCovers } from '@zerospan/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

// Few letters, so that keys meet; the last two show that `$` and letters of several units are no exception.
const key = fc.string({ unit: fc.constantFrom('a', 'b', '.', '$', '💬'), maxLength: 5 });
/** Keys put in, or taken out where they are in. */
const changes = fc.array(key, { maxLength: 40 });

/** What of these keys is in after the changes, and the tree that went through them. */
function changed(keys: readonly string[]) {
  const tree = new PrefixTree<string>();
  const held = new Set<string>();
  for (const one of keys) {
    const node = tree.find(one);
    expect(node !== undefined).toBe(held.has(one));
    if (node) tree.remove(node);
    else tree.obtain(one).value = one;
    if (!held.delete(one)) held.add(one);
  }
  return { tree, held };
}

describe('a tree of prefixes', () => {
  it('finds the keys that reach a name, whatever came and went', () => {
    fc.assert(
      fc.property(changes, key, (keys, name) => {
        const { tree, held } = changed(keys);
        const found: string[] = [];
        tree.along(name, (one) => found.push(one));
        const reaching = [...held].filter((one) => prefixCovers(one, name));
        expect(found.sort()).toEqual(reaching.sort());
        expect(tree.reaches(name)).toBe(reaching.length > 0);
      }),
      { numRuns: 1_000 },
    );
  });

  it('knows the highest of all that begins with a prefix', () => {
    fc.assert(
      fc.property(changes, key, (keys, prefix) => {
        const { tree, held } = changed(keys);
        const numbers = new Map([...held].map((one, i) => [one, ((i * 7) % 11) + 1]));
        for (const [one, number] of numbers) tree.obtain(one).raise(number);
        const below = [...numbers].filter(([one]) => one.startsWith(prefix)).map(([, number]) => number);
        expect(tree.under(prefix)?.highest ?? 0).toBe(Math.max(0, ...below));
      }),
      { numRuns: 1_000 },
    );
  });

  it('visits one path, whatever the number and lengths of keys', () => {
    const tree = new PrefixTree<true>();
    for (let length = 1; length <= 254; length++) tree.obtain(`m${'y'.repeat(length)}`).value = true;
    for (let i = 0; i < 1_000; i++) tree.obtain(`room${i}.`).value = true;
    const scanned = (name: string) => tree.along(name, () => {});
    expect(scanned('nothing')).toBeLessThan(5);
    expect(scanned('room500.a')).toBeLessThan(10);
    expect(scanned(`m${'y'.repeat(254)}`)).toBeLessThan(260);
    expect(scanned(`m${'x'.repeat(254)}`)).toBeLessThan(5);
  });

  it('keeps a key while those below it go, one after the other', () => {
    for (const below of [['aa'], ['aa', 'ab'], ['aa', 'ab', 'abc', 'abd']]) {
      const tree = new PrefixTree<string>();
      for (const one of ['a', ...below]) tree.obtain(one).value = one;
      for (const one of below) {
        const node = tree.find(one);
        if (node) tree.remove(node);
        expect([below, one, tree.find('a')?.value, tree.reaches('az')]).toEqual([below, one, 'a', true]);
      }
    }
  });

  it('keeps no place for what was taken out', () => {
    const tree = new PrefixTree<true>();
    const keys = Array.from({ length: 500 }, (_, i) => `room${i}`);
    for (const one of keys) tree.obtain(one).value = true;
    for (const one of keys) tree.remove(tree.find(one) as NonNullable<ReturnType<typeof tree.find>>);
    expect(tree.under('')?.children).toBeUndefined();
  });
});
