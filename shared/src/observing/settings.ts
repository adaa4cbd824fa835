/** Where the value of a setting comes from. `option`: the application gave it to the plugin, or to `startServer`. */
export const SETTING_SOURCES = ['default', 'file', 'environment', 'flag', 'option'] as const;
export type SettingSource = (typeof SETTING_SOURCES)[number];

export type SettingValue = string | number | boolean | readonly string[];

/** A setting as the server runs with it. */
export interface EffectiveSetting {
  /** Its path, as in a settings file: `limits.channels`. */
  readonly setting: string;
  /** null: a secret, which is not shown. Of an address, what may be a password or a key is left out. */
  readonly value: SettingValue | null;
  readonly source: SettingSource;
  /** What gave it: `--port`, `ZEROSPAN_PORT`, the name of the settings file. Left out with `default` and `option`. */
  readonly from?: string;
  readonly default: SettingValue | null;
  /** For people: unit, meaning of zero, consequence. */
  readonly description: string;
}

/** `GET /v1/settings`. */
export interface ServerSettings {
  /** All of them, in the order of the documents. */
  readonly settings: readonly EffectiveSetting[];
}
