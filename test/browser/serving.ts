import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { endsWithUs, OWN_GROUP } from '../support/children.ts';
import { PROGRAM } from '../support/program.ts';

/** What `zerospan serve --json` says first. */
interface Said {
  readonly url: string;
  readonly busAddress: string;
  readonly busIngress: string;
}

/** A server in a process of its own, as its users run it. */
export class Serving {
  readonly url: string;
  /** Where native subscribers connect, and publishers. */
  readonly busAddress: string;
  readonly busIngress: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, said: Said) {
    this.#child = child;
    this.url = said.url;
    this.busAddress = said.busAddress;
    this.busIngress = said.busIngress;
  }

  /** @param port 0: any free one. @param flags of `zerospan serve`, beside those */
  static async start(port = 0, flags: readonly string[] = []): Promise<Serving> {
    const free = ['--bus-address', 'tcp://127.0.0.1:*', '--bus-ingress', 'tcp://127.0.0.1:*'];
    const log = ['--log', 'memory'];
    const command = [PROGRAM, 'serve', '--json', '--port', String(port), ...free, ...log, ...flags];
    const child = endsWithUs(
      spawn(process.execPath, command, { ...OWN_GROUP, stdio: ['ignore', 'pipe', 'pipe'] }),
    );
    let said = '';
    child.stderr.on('data', (data: Buffer) => {
      said += data.toString();
    });
    for await (const line of createInterface(child.stdout)) {
      return new Serving(child, JSON.parse(line) as Said);
    }
    throw new Error(`zerospan serve ended before it was ready: ${said}`);
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** Holds the process still: its sockets stay open and nothing answers. */
  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  /** Has it read its certificate again. */
  hangUp(): void {
    this.#child.kill('SIGHUP');
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill(signal);
    await ended;
  }
}
