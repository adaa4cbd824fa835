import type { Setting } from './settings.ts';

/** Who opens a server: some defaults of `zerospan serve` are its own. */
export type Opener = 'serve' | 'application';

/**
 * What a setting is where nobody gives it.
 * @param at value of a setting that comes before it in the schema
 */
export function defaultOf(setting: Setting, opener: Opener, at: (path: string) => unknown): unknown {
  const other = setting.otherDefaults?.find(({ when }) =>
    when === 'serve' ? opener === 'serve' : at(when.setting) === when.is,
  );
  const value = other ? other.default : setting.default;
  return isOver(setting, value, at) ? at(setting.atMost as string) : structuredClone(value);
}

/** Whether a value exceeds that of the setting that bounds it. */
export function isOver({ atMost }: Setting, value: unknown, at: (path: string) => unknown): value is number {
  const most = atMost === undefined ? undefined : at(atMost);
  return typeof most === 'number' && typeof value === 'number' && value > most;
}
