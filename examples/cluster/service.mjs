import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Longest wait until a program is ready, in ms: NATS servers first elect a leader. */
const READY_MS = 60_000;

/** How often it is asked, in ms. One that has ended is started again then. */
const ASK_MS = 250;

/** How long a program may take to end by itself, in ms. */
const END_MS = 5_000;

/** Lines of its log that are shown when a program does not start. */
const SHOWN_LINES = 10;

/** A program that is killed and started again, and what it is started with. */
export class Service {
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #child;
  /** @type {'down' | 'starting' | 'up'} what it is meant to be */
  #state = 'down';
  #spec;

  /**
   * @param {{ name: string, command: string, args: readonly string[], health: string, folder: string }} spec `health`
   * is the address that answers 200 when it is ready; `folder` is where its log goes
   */
  constructor(spec) {
    this.#spec = spec;
  }

  get name() {
    return this.#spec.name;
  }

  get isUp() {
    return this.#state === 'up';
  }

  get isDown() {
    return this.#state === 'down';
  }

  get pid() {
    return this.#child?.pid;
  }

  /** Starts it, and waits until it is ready; also again: a node that finds no leader among its NATS servers ends. */
  async start() {
    this.#state = 'starting';
    const endMs = performance.now() + READY_MS;
    while (this.#state === 'starting') {
      if (this.#child === undefined) this.#spawn();
      if (await answers(this.#spec.health)) {
        this.#state = 'up';
        return;
      }
      if (performance.now() > endMs)
        throw new Error(`${this.name} did not start. It wrote:\n${this.#lastLines()}`);
      await sleep(ASK_MS);
    }
  }

  /** Ends it as a power cut would, without a word. */
  kill() {
    this.#state = 'down';
    this.#child?.kill('SIGKILL');
  }

  /** Has it end by itself, and kills it if it does not. */
  async stop() {
    this.#state = 'down';
    const child = this.#child;
    if (child === undefined) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await Promise.race([ended, sleep(END_MS, undefined, { ref: false })]);
    child.kill('SIGKILL');
  }

  #spawn() {
    const { command, args, folder } = this.#spec;
    const log = openSync(this.#log, 'a');
    // Of a group of its own: Ctrl+C in a terminal ends the demo first, which needs the nodes until its account is made.
    const child = spawn(command, args, { cwd: folder, detached: true, stdio: ['ignore', log, log] });
    closeSync(log);
    this.#child = child;
    child.once('error', (error) => console.error(`${this.name}: ${error.message}`));
    child.once('exit', (code, signal) => {
      this.#child = undefined;
      if (this.#state !== 'up') return;
      console.log(
        `${this.name} ended by itself (${code ?? signal}), and is started again. Its log: ${this.#log}`,
      );
      this.start().catch((/** @type {Error} */ { message }) => console.error(message));
    });
  }

  get #log() {
    return join(this.#spec.folder, `${this.name}.log`);
  }

  #lastLines() {
    return readFileSync(this.#log, 'utf8').trimEnd().split('\n').slice(-SHOWN_LINES).join('\n');
  }
}

/** @param {string} url */
async function answers(url) {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(1_000) })).ok;
  } catch {
    return false;
  }
}
