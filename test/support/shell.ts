import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { testFolder } from './certificate.ts';
import { endsWithUs, OWN_GROUP, signalGroup } from './children.ts';
import { findPython } from './python.ts';
import { until } from './until.ts';
import { freePort } from './zeromq.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Half a minute for what takes a second of an idle processor. */
const PATIENCE_MS = 30_000;

/** Time for a test that starts several programs, in ms. */
export const SHELL_TEST_MS = 90_000;

/** Ports that the documents name. Each shell has free ones in their place. */
const PORTS = ['8080', '5555', '5556', '5557', '3000', '8000', '5173'] as const;

/**
 * What the documents type, by the programs that are built, as their readers have them. Commands that reach a server
 * reach that of the usual port.
 */
const PRELUDE = `
set -eu
zerospan() {
  case "$1" in
    put | subscribe | status | bench)
      case " $* " in *' --url '*) ;; *) set -- "$@" --url "$SHELL_TEST_WS" ;; esac ;;
  esac
  node_modules/.bin/zerospan "$@"
}
npx() { if [ "$1" = zerospan ]; then "$@"; else node_modules/.bin/"$@"; fi; }
python3() { "$SHELL_TEST_PYTHON" -u "$@"; }
npm() { [ "$1" = start ]; shift; [ "\${1:-}" != -- ] || shift; zerospan serve "$@"; }
`;

/** A program that was started, and what it has written so far, on stdout and stderr. */
export class Program {
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  #written = '';

  constructor(child: ChildProcess) {
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (data: Buffer) => (this.#written += data.toString()));
    this.ended = once(child, 'close').then(([code]) => code as number | null);
  }

  get written(): string {
    return this.#written;
  }

  get lines(): string[] {
    return this.#written.trimEnd().split('\n');
  }

  /** Waits until it has written a text. */
  async says(text: string): Promise<void> {
    await until(`"${text}"`, () => this.#written.includes(text), PATIENCE_MS).catch((error: unknown) => {
      throw new Error(`${(error as Error).message}; it wrote:\n${this.#written}`);
    });
  }

  /** Ends it and what it has started, as Ctrl+C does. */
  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<void> {
    signalGroup(this.#child, signal);
    await this.ended;
  }
}

/** A folder of its own, in which a test types what the documents have a user type. Gone after the test. */
export class Shell {
  readonly folder: string;
  readonly #ports: ReadonlyMap<string, string>;

  static async open(): Promise<Shell> {
    const folder = testFolder();
    // The packages that the programs import.
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    const ports = new Map<string, string>();
    for (const port of PORTS) ports.set(port, String(await freePort()));
    return new Shell(folder, ports);
  }

  private constructor(folder: string, ports: ReadonlyMap<string, string>) {
    this.folder = folder;
    this.#ports = ports;
  }

  /** A text of a document with this shell's ports, and this machine in place of `bus.example`. */
  own(text: string): string {
    const ports = new RegExp(`\\b(?:${PORTS.join('|')})\\b`, 'g');
    return text
      .replaceAll(ports, (port) => this.#ports.get(port) ?? port)
      .replaceAll('bus.example', 'localhost')
      .replaceAll('0.0.0.0', '127.0.0.1');
  }

  /** Types lines, waits for their end, and returns what they wrote. @throws when they end with another code than 0 */
  async run(lines: string): Promise<string> {
    const program = this.start(lines);
    const code = await program.ended;
    if (code !== 0) throw new Error(`It ended with ${code}:\n${lines}\n${program.written}`);
    return program.written.trimEnd();
  }

  /** Types lines of which the last does not end. */
  start(lines: string): Program {
    return this.#launch('bash', ['-c', PRELUDE + this.own(lines)]);
  }

  /** Starts a server, and waits until it is ready. */
  async serve(line: string): Promise<Program> {
    const server = this.start(line);
    await server.says('Zerospan is ready.');
    return server;
  }

  /** Saves a program for Node, runs it to its end, and returns the lines that it wrote. */
  async node(program: string, file = 'program.mjs'): Promise<string[]> {
    const running = this.startNode(program, file);
    const code = await running.ended;
    if (code !== 0) throw new Error(`It ended with ${code}:\n${running.written}`);
    return running.lines;
  }

  startNode(program: string, file = 'program.mjs'): Program {
    this.save(file, program);
    return this.#launch(process.execPath, [file]);
  }

  /** Writes a text of a document into a file. */
  save(file: string, text: string): void {
    writeFileSync(join(this.folder, file), this.own(text));
  }

  /** Runs a program for a Python that has ZeroMQ. */
  python(program: string): Program {
    this.save('program.py', program);
    return this.start('python3 program.py');
  }

  #launch(command: string, args: readonly string[]): Program {
    const port = (usual: string) => this.#ports.get(usual) ?? usual;
    const child = endsWithUs(
      spawn(command, args, {
        ...OWN_GROUP,
        cwd: this.folder,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          ...process.env,
          // In CI some programs colour what they write, also where no terminal reads it.
          NO_COLOR: '1',
          FORCE_COLOR: undefined,
          ZEROSPAN_PORT: port('8080'),
          ZEROSPAN_BUS_ADDRESS: `tcp://127.0.0.1:${port('5555')}`,
          ZEROSPAN_BUS_INGRESS: `tcp://127.0.0.1:${port('5556')}`,
          SHELL_TEST_PYTHON: findPython(),
          SHELL_TEST_WS: `ws://127.0.0.1:${port('8080')}/bus`,
        },
      }),
    );
    const program = new Program(child);
    onTestFinished(() => program.stop('SIGKILL'));
    return program;
  }
}
