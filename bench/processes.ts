import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { endsWithUs, OWN_GROUP, signalGroup } from '../test/support/children.ts';

/** A process of the benchmark that says one JSON object a line on stdout and takes one word a line on stdin. */
export class Part {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    if (!child.stdout) throw new Error('no stdout');
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /** Runs a TypeScript file of this folder. */
  static script(file: string, args: readonly string[] = []): Part {
    return Part.run([...process.execArgv, fileURLToPath(new URL(file, import.meta.url)), ...args]);
  }

  static run(args: readonly string[]): Part {
    return new Part(
      endsWithUs(spawn(process.execPath, args, { ...OWN_GROUP, stdio: ['pipe', 'pipe', 'inherit'] })),
    );
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The next thing it says. */
  async said<T>(): Promise<T> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`a part of the benchmark ended: ${this.#child.spawnargs.join(' ')}`);
    return JSON.parse(value as string) as T;
  }

  /** Asks it something, and answers what it says. */
  async ask<T>(word: string): Promise<T> {
    this.#child.stdin?.write(`${word}\n`);
    return this.said<T>();
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    // With what it has started itself: killed alone, it could not end that.
    const cut = setTimeout(() => signalGroup(this.#child, 'SIGKILL'), 6_000);
    await ended;
    clearTimeout(cut);
  }
}
