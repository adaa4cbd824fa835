/** A way into a JSON value: names of members and numbers of elements. */
export type Path = readonly (string | number)[];

const STEP = /\.?(?:([\p{L}_$][\p{L}\p{N}_$-]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\])/uy;

/** Reads `votes[2].choice` or `["a b"].c`; undefined where it is no path. */
export function pathIn(text: string): Path | undefined {
  const steps: (string | number)[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < text.length) {
    const found = STEP.exec(text);
    if (found === null) return undefined;
    const [, name, number, quoted] = found;
    if (found[0].startsWith('.') !== (steps.length > 0 && name !== undefined)) return undefined;
    try {
      steps.push(name ?? (number === undefined ? (JSON.parse(quoted ?? '') as string) : Number(number)));
    } catch {
      return undefined;
    }
  }
  return steps.length > 0 ? steps : undefined;
}

/** The path as it is read again. */
export function pathText(path: Path): string {
  return path
    .map((step, i) => {
      if (typeof step === 'number') return `[${step}]`;
      if (/^[\p{L}_$][\p{L}\p{N}_$-]*$/u.test(step)) return i === 0 ? step : `.${step}`;
      return `[${JSON.stringify(step)}]`;
    })
    .join('');
}

/** What lies there; undefined: nothing does. */
export function valueAt(value: unknown, path: Path): unknown {
  let here = value;
  for (const step of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return undefined;
    here = (here as Record<string | number, unknown>)[step];
  }
  return here;
}

/** Ways to the numbers in a value, the value itself being `[]`; at most this many, and none deeper than eight steps. */
export function numberPaths(value: unknown, most = 100): Path[] {
  const found: Path[] = [];
  const visit = (here: unknown, path: Path): void => {
    if (found.length >= most || path.length > 8) return;
    if (typeof here === 'number') found.push(path);
    else if (Array.isArray(here))
      for (const [i, each] of here.slice(0, most).entries()) visit(each, [...path, i]);
    else if (typeof here === 'object' && here !== null)
      for (const [name, each] of Object.entries(here).slice(0, most)) visit(each, [...path, name]);
  };
  visit(value, []);
  return found;
}
