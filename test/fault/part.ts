import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { endsWithUs, OWN_GROUP } from '../support/children.ts';
import { type ProgramName, program } from './programs.ts';

/** How long a process may take to begin, in ms. */
const BEGIN_MS = 20_000;

/** How long one may take to end by itself, in ms. */
const END_MS = 15_000;

/** A process of a run: begins with a plan, and is spoken to in messages. */
export class Part {
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #ended: Promise<unknown>;

  private constructor(name: string, child: ChildProcess) {
    this.#name = name;
    this.#child = child;
    this.#ended = once(child, 'exit');
  }

  /** Starts a program, and answers when it says that it is ready. */
  static async start(name: ProgramName, plan: object, flags: readonly string[] = []): Promise<Part> {
    const child = endsWithUs(
      fork(await program(name), [JSON.stringify(plan)], {
        ...OWN_GROUP,
        execArgv: ['--enable-source-maps', ...flags],
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      }),
    );
    const part = new Part(name, child);
    await part.#answer(BEGIN_MS);
    return part;
  }

  get runs(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  say(word: string): void {
    if (this.#child.connected) this.#child.send(word, () => {});
  }

  async ask<Answer>(word: string, withinMs = END_MS): Promise<Answer> {
    const answer = this.#answer<Answer>(withinMs);
    this.say(word);
    return answer;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends it by a signal and answers with its exit code, null when it had to be killed. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.runs) this.signal(signal);
    return this.ending();
  }

  /** Answers the exit code when it has ended; one that takes too long is killed, and answers null. */
  async ending(): Promise<number | null> {
    const cut = setTimeout(() => this.#child.kill('SIGKILL'), END_MS);
    await this.#ended;
    clearTimeout(cut);
    return this.#child.exitCode;
  }

  async #answer<Answer>(withinMs: number): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => settle(() => reject(this.#failed('did not answer'))), withinMs);
      const ended = (): void => settle(() => reject(this.#failed('ended')));
      const heard = (message: unknown): void => settle(() => resolve(message as Answer));
      const settle = (how: () => void): void => {
        clearTimeout(late);
        this.#child.off('exit', ended);
        this.#child.off('message', heard);
        how();
      };
      this.#child.on('exit', ended);
      this.#child.on('message', heard);
    });
  }

  #failed(what: string): Error {
    return new Error(
      `${this.#name} ${what} (${this.#child.exitCode ?? this.#child.signalCode ?? 'it runs'})`,
    );
  }
}
