import { inspect } from 'node:util';
import type { SettingSource } from '@zerospan/shared';
import * as Type from '../schema.ts';
import { closest } from './closest.ts';
import { defaultOf, isOver, type Opener } from './defaults.ts';
import { SETTINGS, type Setting, type Settings, SettingsSchema } from './settings.ts';

export interface SettingSources {
  /**
   * What a settings file says, as `parseSettings` answers it, and its name for messages. `isOptions`: it is no file but
   * what an application gives.
   */
  readonly file?:
    | { readonly name: string; readonly content: unknown; readonly isOptions?: boolean }
    | undefined;
  /** Variables that begin with `ZEROSPAN_`; the others are ignored. Lists are separated by commas. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Flags that were given, by the path of their setting. */
  readonly flags?: ReadonlyMap<string, string | readonly string[] | boolean> | undefined;
  /** Whose defaults hold. Left out: those of an application. */
  readonly opener?: Opener | undefined;
}

/** What gave a setting, and its name there: `--port`, `ZEROSPAN_PORT`, that of the file. */
export interface GivenBy {
  readonly source: Exclude<SettingSource, 'default'>;
  readonly from: string;
  /** What it would be otherwise. */
  readonly default: unknown;
}

/** By the path of a setting. What is not here is at its default. */
export type GivenSettings = ReadonlyMap<string, GivenBy>;

/** Settings that cannot be used. The message names each wrong one, where it was given, and what was expected. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly exitCode = 2;
}

interface Given extends Omit<GivenBy, 'default'> {
  readonly value: unknown;
}

/** Values by path, and what gave those that are no defaults. */
interface Assembled {
  readonly values: ReadonlyMap<string, unknown>;
  readonly given: ReadonlyMap<string, GivenBy>;
}

const validator = Type.Compile(SettingsSchema);
/** Imported once: each import, known or not, asks the module loader. */
let yaml: typeof import('yaml') | undefined;

/**
 * Variables of this prefix that are no settings: the tests' own, and secrets, which no flag or settings file may hold.
 */
const OTHER_VARIABLES = /^ZEROSPAN_(?:TEST_|(?:AUTH_SECRET|TOKEN)$)/;

/**
 * What Kubernetes sets in every container for a service called zerospan, or zerospan-something. `ZEROSPAN_PORT` is
 * among them.
 */
const SERVICE_VARIABLES =
  /^ZEROSPAN_(?:\w+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_\w+)?)$/;
const SERVICE_ADDRESS = /^(?:tcp|udp|sctp):\/\//;

/** Keys of a settings file that are the operator's own, such as anchors of YAML. */
const OWN_KEY = /^x-/;

export interface ReadSettings {
  readonly settings: Settings;
  readonly given: GivenSettings;
}

/**
 * Puts settings together: defaults, over them the file, then the environment, then flags; a list replaces a list.
 * @throws SettingsError when a value is wrong, or a name unknown: a server that ignored a misspelt one would run
 * without what its operator set
 */
export function readSettings(sources: SettingSources = {}): ReadSettings {
  const given = new Map<string, Given>();
  const unknown: string[] = [];
  if (sources.file) fromFile(sources.file, given, unknown);
  fromEnvironment(sources.env ?? {}, given, unknown);
  for (const setting of SETTINGS) {
    const value = sources.flags?.get(setting.path);
    if (value !== undefined)
      given.set(setting.path, {
        value: typed(setting, value),
        source: 'flag',
        from: `--${setting.flagName}`,
      });
  }
  const assembled = assemble(given, sources.opener ?? 'application');
  const settings = nested(assembled.values);
  const isValid = validator.Check(settings);
  const wrong = isValid ? excesses(assembled) : faults(settings, given);
  if (isValid && unknown.length + wrong.length === 0) return { settings, given: assembled.given };
  throw new SettingsError([...unknown, ...wrong].join('\n'));
}

/**
 * The content of a settings file, YAML or JSON. The parser is loaded only when there is a file: it would stay in memory
 * for as long as the server runs.
 * @throws SettingsError when it is neither
 */
export async function parseSettings(name: string, text: string): Promise<unknown> {
  yaml ??= await import('yaml');
  try {
    // Its warnings would go to stderr in words of its own; what they are about is no setting, and is refused or warned
    // of by name.
    return yaml.parse(text, { logLevel: 'error', stringKeys: true });
  } catch (cause) {
    throw new SettingsError(`${name} is neither YAML nor JSON: ${(cause as Error).message}`, { cause });
  }
}

function fromFile(
  file: NonNullable<SettingSources['file']>,
  given: Map<string, Given>,
  unknown: string[],
): void {
  const { content } = file;
  const source = file.isOptions ? 'option' : 'file';
  if (content !== null && !isGroup(content))
    throw new SettingsError(`${file.name}: expected settings by name, got ${shown(content)}`);
  const known = SETTINGS.map(({ path }) => path);
  const groups = new Set(
    known.filter((path) => path.includes('.')).map((path) => path.slice(0, path.indexOf('.'))),
  );
  const visit = (group: Record<string, unknown>, prefix: string) => {
    for (const [key, value] of Object.entries(group)) {
      const path = prefix + key;
      // Options of the plugin may be left out in this way.
      if (value === undefined || OWN_KEY.test(path)) continue;
      if (known.includes(path)) given.set(path, { value, source, from: file.name });
      else if (!groups.has(path))
        unknown.push(`${file.name}: unknown setting ${path}${hint(path, [...known, ...groups])}`);
      else if (isGroup(value)) visit(value, `${path}.`);
      else if (value !== null)
        throw new SettingsError(`${path} (${file.name}): expected settings by name, got ${shown(value)}`);
    }
  };
  visit(content ?? {}, '');
}

function fromEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  given: Map<string, Given>,
  unknown: string[],
): void {
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith('ZEROSPAN_') || text === undefined || isOther(name, text)) continue;
    const setting = SETTINGS.find((each) => each.env === name);
    if (setting) given.set(setting.path, { value: typed(setting, text), source: 'environment', from: name });
    else
      unknown.push(
        `unknown setting ${name} in the environment${hint(
          name,
          SETTINGS.map((each) => each.env),
        )}`,
      );
  }
}

function isOther(name: string, text: string): boolean {
  if (OTHER_VARIABLES.test(name) || SERVICE_VARIABLES.test(name)) return true;
  return name.endsWith('_PORT') && SERVICE_ADDRESS.test(text);
}

/** The value that a text stands for; the text itself where it stands for none, so that the check names it. */
function typed({ kind }: Setting, value: string | readonly string[] | boolean): unknown {
  if (typeof value !== 'string') return value;
  switch (kind) {
    case 'string':
      return value;
    case 'integer':
      return /^-?\d+$/.test(value.trim()) ? Number(value) : value;
    case 'boolean':
      return value === 'true' || value === '1' ? true : value === 'false' || value === '0' ? false : value;
    case 'list':
      return value.split(',').flatMap((item) => (item.trim() === '' ? [] : [item.trim()]));
  }
}

/** A default may depend on settings that come before it. */
function assemble(given: ReadonlyMap<string, Given>, opener: Opener): Assembled {
  const values = new Map<string, unknown>();
  const by = new Map<string, GivenBy>();
  for (const setting of SETTINGS) {
    const { path } = setting;
    const fallback = defaultOf(setting, opener, (other) => values.get(other));
    const own = given.get(path);
    values.set(path, own ? own.value : fallback);
    if (own) by.set(path, { source: own.source, from: own.from, default: fallback });
  }
  return { values, given: by };
}

function nested(values: ReadonlyMap<string, unknown>): unknown {
  const settings: Record<string, unknown> = {};
  for (const [path, value] of values) {
    const [group, key] = path.split('.') as [string, string?];
    if (key === undefined) settings[group] = value;
    else settings[group] = { ...(settings[group] as object), [key]: value };
  }
  return settings;
}

/** Settings that are more than another one, which bounds them. */
function excesses({ values, given }: Assembled): string[] {
  return SETTINGS.flatMap((setting) => {
    const { path, atMost = '' } = setting;
    const value = values.get(path);
    if (!isOver(setting, value, (other) => values.get(other))) return [];
    const expected = `expected at most ${String(values.get(atMost))}, which is ${atMost}, got ${value}`;
    return `${path} (${given.get(path)?.from}): ${expected}; lower it, or raise ${atMost}`;
  });
}

function faults(settings: unknown, given: ReadonlyMap<string, Given>): string[] {
  const [, errors] = validator.Errors(settings);
  const wrong = new Set(errors.map(({ instancePath }) => instancePath.slice(1).replaceAll('/', '.')));
  return SETTINGS.flatMap(({ path, expects }) => {
    const by = given.get(path);
    const isWrong = [...wrong].some((at) => at === path || at.startsWith(`${path}.`));
    // A default is wrong only where what it depends on is.
    return by && isWrong ? `${path} (${by.from}): expected ${expects}, got ${shown(by.value)}` : [];
  });
}

function hint(name: string, known: readonly string[]): string {
  const meant = closest(name, known);
  return meant === undefined ? '' : `; did you mean ${meant}?`;
}

function shown(value: unknown): string {
  // An address may hold a user and a password, which are nobody's business.
  const text = asText(value).replace(/\/\/[^/@"]*@/g, '//…@');
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
}

function asText(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    // YAML can say a list that holds itself, or one as deep as the stack.
    return inspect(value, { depth: 2, breakLength: Number.POSITIVE_INFINITY });
  }
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
