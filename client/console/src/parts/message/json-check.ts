import { LIMITS, utf8Bytes } from '@zerospan/shared';
import { bytes } from '../../data/format.ts';

/** Where a text stops being JSON, and why. Lines and columns count from 1, as editors do. */
export interface JsonFaultPlace {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
  /** For people, one sentence. */
  readonly words: string;
}

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /[\p{L}_$][\p{L}\p{N}_$-]*/uy;
const LITERALS: ReadonlySet<string> = new Set(['true', 'false', 'null']);
const ESCAPE = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y;

/**
 * Finds the place of the first error of a text that should be JSON; undefined: it is JSON. Browsers say it each in
 * words of their own, and some without the place.
 */
export function jsonFaultPlace(text: string): JsonFaultPlace | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch {
    const { offset, words } = new Scanner(text).run();
    const before = text.slice(0, offset);
    const line = before.split('\n').length;
    return { offset, line, column: offset - (before.lastIndexOf('\n') + 1) + 1, words };
  }
}

/** What is wrong with a message; undefined: it can be put. */
export function messageFault(text: string): string | JsonFaultPlace | undefined {
  if (text.trim() === '') return 'Any JSON value: "hello", 42, {"choice": "yes"}, null.';
  const size = utf8Bytes(text.trim());
  if (size > LIMITS.payloadBytes)
    return `It has ${bytes(size)}, and a message may have ${bytes(LIMITS.payloadBytes)}.`;
  return jsonFaultPlace(text);
}

/** The same as one sentence. */
export function faultWords(fault: string | JsonFaultPlace): string {
  return typeof fault === 'string' ? fault : `Line ${fault.line}, column ${fault.column}: ${fault.words}`;
}

interface Fault {
  readonly offset: number;
  readonly words: string;
}

/** One scan without recursion: what people paste may be nested deeply. */
class Scanner {
  readonly #text: string;
  #at = 0;
  /** What is open, from the outermost. */
  readonly #open: ('{' | '[')[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  run(): Fault {
    for (;;) {
      // Here a value begins.
      const opened = this.#value();
      if (typeof opened === 'object') return opened;
      if (opened === 'opened') continue;
      const ended = this.#behindValue();
      if (ended !== undefined) return ended;
    }
  }

  #value(): 'opened' | 'value' | Fault {
    const next = this.#peek();
    if (next === '{' || next === '[') {
      this.#at++;
      const close = next === '{' ? '}' : ']';
      if (this.#peek() === close) {
        this.#at++;
        return 'value';
      }
      this.#open.push(next);
      return (next === '{' ? this.#name() : undefined) ?? 'opened';
    }
    if (next === '"') return this.#string() ?? 'value';
    return this.#plain(next) ?? 'value';
  }

  /** Answers once the text has ended, well or not. */
  #behindValue(): Fault | undefined {
    for (;;) {
      const next = this.#peek();
      const inside = this.#open.at(-1);
      if (inside === undefined) return this.#fault('There is more behind the end of the value.');
      const close = inside === '{' ? '}' : ']';
      if (next === ',') {
        this.#at++;
        if (this.#peek() === close) return this.#fault(`No comma may stand before ${close}.`);
        return inside === '{' ? this.#name() : undefined;
      }
      if (next !== close) {
        if (next === '') return this.#fault(`The text ends before ${close} closes what is open.`);
        return this.#fault(`A comma or ${close} is expected here.`);
      }
      this.#at++;
      this.#open.pop();
    }
  }

  #name(): Fault | undefined {
    const next = this.#peek();
    if (next !== '"') {
      if (next === '') return this.#fault('The text ends where a key is expected.');
      return this.#fault('A key in double quotation marks is expected here: {"choice": "yes"}.');
    }
    const fault = this.#string();
    if (fault !== undefined) return fault;
    if (this.#peek() !== ':') return this.#fault('A colon is expected behind the key.');
    this.#at++;
    return undefined;
  }

  #string(): Fault | undefined {
    const from = this.#at;
    for (this.#at++; this.#at < this.#text.length; this.#at++) {
      const unit = this.#text[this.#at] as string;
      if (unit === '"') {
        this.#at++;
        return undefined;
      }
      if (unit === '\n') break;
      if (unit < ' ') return this.#fault('Tabs and other control characters are written as escapes: \\t.');
      if (unit !== '\\') continue;
      const escaped = this.#match(ESCAPE);
      if (escaped === '')
        return this.#fault('This escape is none of JSON. A backslash itself is written \\\\.');
      this.#at += escaped.length - 1;
    }
    this.#at = from;
    return this.#fault('The quotation mark that is opened here is not closed on its line.');
  }

  #plain(next: string): Fault | undefined {
    const number = this.#match(NUMBER);
    const word = number === '' ? this.#match(WORD) : '';
    if (LITERALS.has(word) || number !== '') {
      this.#at += number.length + word.length;
      return undefined;
    }
    if (next === '') return this.#fault('The text ends where a value is expected.');
    if (next === "'") return this.#fault('JSON requires double quotation marks, not single ones.');
    if ('“”„«»'.includes(next)) return this.#fault('JSON requires straight quotation marks: ".');
    if (word !== '') return this.#fault(`Text stands in double quotation marks: "${word.slice(0, 40)}".`);
    return this.#fault('A value is expected here.');
  }

  #peek(): string {
    this.#at += this.#match(SPACE).length;
    return this.#text[this.#at] ?? '';
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#text)?.[0] ?? '';
  }

  #fault(words: string): Fault {
    return { offset: this.#at, words };
  }
}
