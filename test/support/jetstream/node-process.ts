import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { endsWithUs, OWN_GROUP } from '../children.ts';
import { PROGRAM } from '../program.ts';

/** What `zerospan serve --json` says first. */
interface Said {
  readonly url: string;
  readonly busAddress: string;
}

/** A node of a bus on JetStream, as a process of its own. */
export class NodeProcess {
  readonly url: string;
  /** Where native subscribers connect. */
  readonly busAddress: string;
  readonly #child: ChildProcess;

  /** @param flags of `zerospan serve`, beside the log, the servers and the addresses */
  static async start(nats: string, stream: string, flags: readonly string[]): Promise<NodeProcess> {
    const any = 'tcp://127.0.0.1:*';
    const log = ['--log', 'jetstream', '--nats', nats, '--nats-stream', stream];
    const command = ['serve', '--json', '--port', '0', '--bus-address', any, '--bus-ingress', any, ...log];
    const child = endsWithUs(
      spawn(process.execPath, [PROGRAM, ...command, ...flags], {
        ...OWN_GROUP,
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
    let said = '';
    child.stderr.on('data', (data: Buffer) => {
      said += data.toString();
    });
    for await (const line of createInterface(child.stdout)) {
      return new NodeProcess(child, JSON.parse(line) as Said);
    }
    throw new Error(`zerospan serve ended before it was ready: ${said}`);
  }

  private constructor(child: ChildProcess, { url, busAddress }: Said) {
    this.#child = child;
    this.url = url;
    this.busAddress = busAddress;
  }

  /** The value of a metric without labels. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.url}metrics`)).text();
    const line = text.split('\n').find((each) => each.startsWith(`${name} `));
    if (line === undefined) throw new Error(`no metric ${name}`);
    return Number(line.slice(name.length + 1));
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(name);
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill(signal);
    await ended;
  }
}
