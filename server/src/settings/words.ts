/** What the schema says about one setting beside JSON Schema's own words. */
export interface Words {
  /** What a right value is, for the message about a wrong one. */
  readonly expects: string;
  /** Stands for the value in the help. */
  readonly value?: string;
  /** The flag's name where it is not the setting's in kebab case. */
  readonly flag?: string;
  readonly description: string;
}

/** Keeps `expects`, `value` and `flag` beside the words that JSON Schema knows. */
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
