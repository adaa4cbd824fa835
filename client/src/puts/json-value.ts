import { ZerospanError } from '@zerospan/shared';

/** What JSON writes as `{}` or as something else, whatever it holds. */
const HOLLOW: ReadonlySet<string> = new Set(
  'Map Set WeakMap WeakSet WeakRef Promise Error RegExp ArrayBuffer SharedArrayBuffer Blob File FormData Symbol BigInt'.split(
    ' ',
  ),
);

const REMEDIES: Readonly<Record<string, string>> = {
  Promise: 'Await it first.',
  Map: 'Put Object.fromEntries(map) or [...map].',
  Set: 'Put [...set].',
  Error: 'Put its name and message.',
  NaN: 'Put null, or leave the property out.',
  undefined: 'Put null.',
  bytes: 'Put Array.from(bytes), or a string of base64.',
};

/** Where in a value something lies that JSON cannot carry, innermost last, and what it is. */
interface Found {
  readonly path: (string | number)[];
  readonly what: string;
  readonly remedy: string | undefined;
}

/**
 * Throws `not-json` where `JSON.stringify` would change a value in silence. To be called when that has succeeded, so
 * that it knows of no circle. Undefined properties are left out by JSON, as is known; what has a `toJSON` says itself
 * what it is.
 */
export function checkValue(value: unknown): void {
  const found = changed(value);
  if (found === undefined) return;
  const steps = found.path.reverse().map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`));
  const { what, remedy } = found;
  throw new ZerospanError('not-json', `message${steps.join('')} is ${what}, which JSON cannot carry`, {
    remedy,
  });
}

/** Nothing is made of a value that is good: this is done for each put. */
function changed(value: unknown): Found | undefined {
  if (typeof value === 'number')
    return Number.isFinite(value) ? undefined : fault(String(value), REMEDIES.NaN);
  if (typeof value === 'object') return value === null ? undefined : changedIn(value);
  if (typeof value === 'function' || typeof value === 'symbol') return fault(`a ${typeof value}`);
  return undefined;
}

function changedIn(value: object): Found | undefined {
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const item: unknown = value[i];
      const found = item === undefined ? fault('undefined', REMEDIES.undefined) : changed(item);
      if (found !== undefined) return within(found, i);
    }
    return undefined;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    if (typeof (value as { toJSON?: unknown }).toJSON === 'function') return invalidDate(value);
    const found = hollow(value);
    if (found !== undefined) return found;
  } else if (typeof (value as { toJSON?: unknown }).toJSON === 'function') return undefined;
  for (const key of Object.keys(value)) {
    const found = changed((value as Record<string, unknown>)[key]);
    if (found !== undefined) return within(found, key);
  }
  return undefined;
}

/** By its tag, which is the same for one of another realm. An object of a class is carried as its properties. */
function hollow(value: object): Found | undefined {
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (ArrayBuffer.isView(value) || /^(Shared)?ArrayBuffer$|^Blob$|^File$/.test(tag))
    return fault(named(tag), REMEDIES.bytes);
  const isEmpty = tag !== 'Object' && Object.keys(value).length === 0;
  const isBoxed = tag === 'Number' || tag === 'String' || tag === 'Boolean';
  return HOLLOW.has(tag) || (isEmpty && !isBoxed) ? fault(named(tag), REMEDIES[tag]) : undefined;
}

function invalidDate(value: object): Found | undefined {
  return value instanceof Date && Number.isNaN(value.getTime()) ? fault('an invalid Date') : undefined;
}

function named(tag: string): string {
  return `${/^[AEIOU]/.test(tag) ? 'an' : 'a'} ${tag}`;
}

function fault(what: string, remedy?: string): Found {
  return { path: [], what, remedy };
}

function within(found: Found, step: string | number): Found {
  found.path.push(step);
  return found;
}
