/** A default that takes the place of the ordinary one in some case. */
export interface OtherDefault {
  /** Where `zerospan serve` reads the settings; or where a setting, which comes before this one, has a value. */
  readonly when: 'serve' | { readonly setting: string; readonly is: string };
  readonly default: unknown;
}

/** What the schema says about one setting beside JSON Schema's own words. */
export interface Words {
  /** What a right value is, for the message about a wrong one. */
  readonly expects: string;
  /** Stands for the value in the help. */
  readonly value?: string;
  /** The flag's name where it is not the setting's in kebab case. */
  readonly flag?: string;
  /** Defaults in place of `default`: the first that fits counts. */
  readonly otherDefaults?: readonly OtherDefault[];
  /** A setting, which comes before this one, that it must not exceed: a default is lowered to it. */
  readonly atMost?: string;
  readonly description: string;
}

/** Keeps what is in {@link Words} beside the words that JSON Schema knows. */
export const words = <T extends Words & { default: unknown }>(options: T): T => options;

export const bytes = (minimum: number, maximum: number) => ({
  minimum,
  maximum,
  value: 'bytes',
  expects: `a whole number of bytes from ${minimum} to ${maximum}`,
});

export const ms = (minimum: number, maximum: number) => ({
  minimum,
  maximum,
  value: 'ms',
  expects: `a whole number of milliseconds from ${minimum} to ${maximum}`,
});

export const whole = (minimum: number, maximum: number, of: string) => ({
  minimum,
  maximum,
  value: of,
  expects: `a whole number of ${of} from ${minimum} to ${maximum}`,
});
