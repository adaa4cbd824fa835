/** Fails unless two values are equal in depth. Of its own, because the cases also run where no test runner is. */
export function same(actual: unknown, expected: unknown, what = 'the value'): void {
  if (!equal(actual, expected))
    throw new Error(`${what}: expected ${shown(expected)}, but got ${shown(actual)}`);
}

export function holds(condition: boolean, what: string): void {
  if (!condition) throw new Error(`does not hold: ${what}`);
}

/** Fails unless numbers increase from one to the next. */
export function increase(numbers: readonly number[], what: string): void {
  const at = numbers.findIndex((number, i) => i > 0 && number <= (numbers[i - 1] as number));
  holds(
    at < 0,
    `${what} increase; at place ${at} stands ${shown(numbers.slice(Math.max(at - 2, 0), at + 2))}`,
  );
}

/** The error that a call throws or its promise rejects with. */
export async function failure(
  call: () => unknown,
): Promise<{ readonly code?: string; readonly message: string }> {
  let came: unknown;
  try {
    came = await call();
  } catch (error) {
    return error as Error;
  }
  throw new Error(`it should fail, but gave ${shown(came)}`);
}

function equal(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every(
      (key) =>
        Object.hasOwn(b, key) &&
        equal((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
    )
  );
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 600 ? `${text.slice(0, 300)} … ${text.slice(-300)}` : text;
}
