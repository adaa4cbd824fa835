import type { EffectiveSetting, ServerSettings, SettingValue } from '@zerospan/shared';
import { defaultOf } from './defaults.ts';
import type { GivenSettings } from './read.ts';
import { SETTINGS, type Setting, type Settings } from './settings.ts';

/** How a server came to its settings. */
export interface SettingsOrigin {
  /** As `readSettings` answers it. undefined: an application made them, so what is no default is its option. */
  readonly given: GivenSettings | undefined;
  /** Whether the server is its own. In an application, what is the application's own is left out. */
  readonly ownServer: boolean;
  /** A variable of the environment that holds a secret: named, and not shown. undefined: there is none. */
  readonly secretVariable: string | undefined;
}

/** Settings of a server of its own, which an application decides for itself. */
const OF_AN_APPLICATION = /^(?:host|port|behindProxy|tls\..*)$/;

/** An address may hold a user with a password, or a key. */
const CREDENTIALS = /\/\/[^/@]*@/;
const QUERY = /^(https?:[^?#]*)[?#].*$/;

/** The settings that a server runs with, each with what gave it, for operators. */
export function effectiveSettings(
  settings: Settings,
  { given, ownServer, secretVariable }: SettingsOrigin,
): ServerSettings {
  const all = SETTINGS.filter(({ path }) => ownServer || !OF_AN_APPLICATION.test(path)).map(
    (setting): EffectiveSetting => {
      const { path, description } = setting;
      const value = valueAt(settings, path);
      const fallback = given ? defaultIn(given, path, value) : defaultHere(settings, setting);
      return {
        setting: path,
        value: shown(value),
        ...(given ? sourceIn(given, path) : { source: isSame(value, fallback) ? 'default' : 'option' }),
        default: fallback as SettingValue,
        description,
      };
    },
  );
  return { settings: secretVariable === undefined ? all : [...all, secretOf(secretVariable)] };
}

/** What was not given is at its default. */
function defaultIn(given: GivenSettings, path: string, value: unknown): unknown {
  const by = given.get(path);
  return by ? by.default : value;
}

function defaultHere(settings: Settings, setting: Setting): unknown {
  return defaultOf(setting, 'application', (path) => valueAt(settings, path));
}

function sourceIn(given: GivenSettings, path: string): Pick<EffectiveSetting, 'source' | 'from'> {
  const { source = 'default', from } = given.get(path) ?? {};
  return source === 'option' || from === undefined ? { source } : { source, from };
}

function secretOf(variable: string): EffectiveSetting {
  return {
    setting: variable,
    value: null,
    source: 'environment',
    from: variable,
    default: null,
    description: 'The secret that verifies tokens, or two while one replaces the other. It is never shown.',
  };
}

function valueAt(settings: Settings, path: string): SettingValue {
  const value = path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], settings);
  return value as SettingValue;
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function shown(value: SettingValue): SettingValue {
  if (typeof value === 'string') return value.replace(CREDENTIALS, '//…@').replace(QUERY, '$1?…');
  return typeof value === 'object' ? value.map((item) => String(shown(item))) : value;
}
