/** Nobody misspells a name into one longer than this, and looking for what was meant would take long. */
const LONGEST = 64;

/**
 * The known name that a misspelt one was probably meant to be; undefined when none is near.
 * @param most letters that may differ
 */
export function closest(
  name: string,
  known: readonly string[],
  most: number = Math.max(2, Math.floor(name.length / 4)),
): string | undefined {
  if (name.length > LONGEST) return undefined;
  let best: string | undefined;
  let bestEdits = most + 1;
  for (const candidate of known) {
    const edits = editsBetween(name.toLowerCase(), candidate.toLowerCase());
    if (edits < bestEdits) [best, bestEdits] = [candidate, edits];
  }
  return best;
}

/** Levenshtein distance: letters to add, drop or change. */
function editsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
