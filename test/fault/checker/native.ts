import type { Findings } from './findings.ts';

/**
 * Judges the messages of one native publisher: what it sent may be lost before the log, but not doubled or turned
 * round.
 */
export class NativeJudge {
  readonly #who: string;
  readonly #findings: Findings;
  #sent = 0;
  #appended = 0;

  constructor(who: string, findings: Findings) {
    this.#who = who;
    this.#findings = findings;
  }

  sent(n: number): void {
    this.#sent = n;
  }

  appended(n: number): void {
    if (n <= this.#appended)
      this.#findings.add('native-reordered', this.#who, `${n} after ${this.#appended}`);
    this.#appended = Math.max(this.#appended, n);
  }

  end(): void {
    if (this.#appended > this.#sent)
      this.#findings.add('foreign', this.#who, `${this.#appended} is in the log, ${this.#sent} were sent`);
  }
}
