/** Stands where a secret stood. */
export const REDACTED = '[redacted]';

/** Fewest characters of a secret that is looked for in texts: a short one would be found everywhere. */
const SECRET_LENGTH = 8;

/**
 * Most forms of secrets that are searched for; beyond it the oldest are forgotten: after that many rotations they sign
 * nothing any more.
 */
const FORMS = 256;

/** Names whose value is nobody's business, without regard to case, `-` and `_`. */
const SECRET_NAME =
  /(?:token|authorization|secret|password|passphrase|cookie|credentials?|jwt|jwk|^key|(?:private|secret|api|shared|curve)key)$/;

/**
 * A signed or encrypted token of any issuer: three or five parts of base64url, or the beginning of one, the first of
 * which is a JSON object.
 */
const JWT = /\beyJ[\w-]{8,}(?:\.[\w-]*){0,4}/g;

/** What moves a cursor or ends a line, and JSON leaves as it is. */
const CONTROLS = /[\u007f-\u009f\u2028\u2029]/g;

/** Takes secrets out of what is written for somebody to read: by name, by value, and whatever looks like a token. */
export class Redaction {
  readonly #forms = new Set<string>();

  constructor(secrets: Iterable<string | Uint8Array> = []) {
    for (const secret of secrets) this.hide(secret);
  }

  /** From now on hides a secret, however it is written: as text, hexadecimal, base64 or base64url. */
  hide(secret: string | Uint8Array): void {
    const bytes = Buffer.from(secret as Uint8Array);
    if (bytes.length < SECRET_LENGTH) return;
    for (const encoding of ['utf8', 'hex', 'base64', 'base64url'] as const) {
      // Padding may be left out, and a beginning of base64 is in the longer one as well.
      this.#forms.add(bytes.toString(encoding).replace(/=+$/, ''));
      const [oldest] = this.#forms;
      if (this.#forms.size > FORMS && oldest !== undefined) this.#forms.delete(oldest);
    }
  }

  /** A text without secrets. */
  text(text: string): string {
    let clean = text;
    for (const form of this.#forms) clean = clean.replaceAll(form, REDACTED);
    return clean.replace(JWT, REDACTED);
  }

  /** What a sentence says of a value of this name: a string as it is, anything else as JSON. */
  value(name: string, value: unknown): string {
    const json = JSON.stringify({ [name]: value });
    const clean = Object.values(JSON.parse(json, this.#revive) as object)[0] as unknown;
    return typeof clean === 'string' ? clean : String(JSON.stringify(clean));
  }

  /**
   * A line of JSON, such as pino writes it: without secrets, and without control characters that JSON does not escape.
   */
  line(line: string): string {
    let clean: string;
    try {
      clean = JSON.stringify(JSON.parse(line, this.#revive));
    } catch {
      clean = this.text(line.trimEnd());
    }
    return `${clean.replace(CONTROLS, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`;
  }

  readonly #revive = (name: string, value: unknown): unknown => {
    if (value === null || typeof value === 'boolean') return value;
    if (SECRET_NAME.test(name.toLowerCase().replace(/[-_]/g, ''))) return REDACTED;
    if (typeof value === 'string') return this.text(value);
    if (typeof value !== 'object' || Array.isArray(value)) return value;
    // A name may be a secret as well, where somebody logs what a stranger has sent.
    return Object.fromEntries(Object.entries(value).map(([each, of]) => [this.text(each), of]));
  };
}
