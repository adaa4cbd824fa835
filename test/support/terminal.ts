import { setMaxListeners } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { run } from '../../cli/src/program.ts';
import type { Terminal } from '../../cli/src/terminal/terminal.ts';
import { type RunningServer, startServer } from '../../server/src/compose.ts';
import { readSettings } from '../../server/src/settings/read.ts';
import { SILENT } from './server.ts';

/** Any free ports, and nothing on the disk, so that tests can run side by side. */
export const ANY_PORTS = {
  ZEROSPAN_LOG_KIND: 'memory',
  ZEROSPAN_PORT: '0',
  ZEROSPAN_BUS_ADDRESS: 'tcp://127.0.0.1:*',
  ZEROSPAN_BUS_INGRESS: 'tcp://127.0.0.1:*',
};

/** A server of its own, for one test or one file. */
export function anyServer(env: Record<string, string> = {}): Promise<RunningServer> {
  return startServer(readSettings({ env: { ...ANY_PORTS, ...env } }).settings, { logger: SILENT });
}

export interface SessionOptions {
  readonly stdin?: string | Buffer;
  readonly env?: Terminal['env'];
  /** Whether the input is a terminal. */
  readonly isTTY?: boolean;
}

/** A command line that is run in this process, and what it has written so far. */
export class Session {
  readonly ended: Promise<number>;
  readonly #interrupt = new AbortController();
  #out = '';
  #talk = '';

  constructor(args: readonly string[], { stdin = '', env = ANY_PORTS, isTTY }: SessionOptions = {}) {
    setMaxListeners(0, this.#interrupt.signal);
    const stdout = new PassThrough();
    const stderr = new PassThrough();
    stdout.setEncoding('utf8').on('data', (text: string) => (this.#out += text));
    stderr.setEncoding('utf8').on('data', (text: string) => (this.#talk += text));
    this.ended = run(args, {
      stdin: Object.assign(Readable.from([stdin]), isTTY === undefined ? {} : { isTTY }),
      stdout,
      stderr,
      env,
      interrupted: this.#interrupt.signal,
    });
  }

  get out(): string {
    return this.#out;
  }

  get talk(): string {
    return this.#talk;
  }

  get lines(): string[] {
    return this.#out.split('\n').slice(0, -1);
  }

  interrupt(): void {
    this.#interrupt.abort();
  }

  async result(): Promise<{ code: number; out: string; talk: string }> {
    const code = await this.ended;
    // What was written in the last turn comes through the streams in the next.
    await new Promise(setImmediate);
    return { code, out: this.#out, talk: this.#talk };
  }
}

export function cli(args: readonly string[], options?: SessionOptions) {
  return new Session(args, options).result();
}
