import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rename, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { endsWithUs, OWN_GROUP } from '../children.ts';

/** Path of the nats-server to test with: the environment's NATS_SERVER, or the first on the path. */
export function findNatsServer(): string | undefined {
  // One that was named outright is taken or missed: testing with another would hide the mistake.
  const named = process.env.NATS_SERVER;
  try {
    return execFileSync('which', [named ?? 'nats-server'], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

/** A real server with JetStream, and a folder of its own. */
export class NatsServer {
  readonly folder: string;
  readonly port: number;
  readonly #path: string;
  #child: ChildProcess;

  readonly #args: readonly string[];

  /** @param more arguments, instead of those for JetStream */
  static async start(path: string, more?: readonly string[]): Promise<NatsServer> {
    const folder = await mkdtemp(join(tmpdir(), 'zerospan-nats-'));
    const args = more ?? inFolder(folder);
    const { child, port } = await run(path, args, -1);
    return new NatsServer({ path, args, folder, port }, child);
  }

  /** Several servers that know each other. */
  static async cluster(path: string, size: number): Promise<NatsServer[]> {
    const ports = await freePorts(size);
    const routes = ports.map((port) => `nats://127.0.0.1:${port}`);
    return Promise.all(
      routes.map(async (route, i) => {
        const folder = await mkdtemp(join(tmpdir(), 'zerospan-nats-'));
        const names = ['--server_name', `server${i}`, '--cluster_name', 'cluster'];
        const args = [...inFolder(folder), ...names, '--cluster', route, '--routes', routes.join(',')];
        const { child, port } = await run(path, args, -1);
        return new NatsServer({ path, args, folder, port }, child);
      }),
    );
  }

  private constructor(
    { path, args, folder, port }: { path: string; args: readonly string[]; folder: string; port: number },
    child: ChildProcess,
  ) {
    this.#path = path;
    this.#args = args;
    this.folder = folder;
    this.port = port;
    this.#child = child;
  }

  get address(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** Ends the process, and leaves its folder. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await endedBy(this.#child, signal);
  }

  /** Starts it again, at the same address and with what its folder has. */
  async again(): Promise<void> {
    this.#child = (await run(this.#path, this.#args, this.port)).child;
  }

  /** A copy of what it has stored, taken while it is not running. @returns puts that in place again */
  async copy(): Promise<() => Promise<void>> {
    const copy = `${this.folder}/copy`;
    const stored = `${this.folder}/jetstream`;
    await cp(stored, copy, { recursive: true });
    return async () => {
      await rm(stored, { recursive: true });
      await rename(copy, stored);
    };
  }

  /** Stops it, or lets it go on. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(name);
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Ports that nobody has now: all are taken before any is given back. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

function inFolder(folder: string): string[] {
  return ['-js', '-sd', folder];
}

function run(
  path: string,
  more: readonly string[],
  port: number,
): Promise<{ child: ChildProcess; port: number }> {
  const args = [...more, '-a', '127.0.0.1', '-p', String(port)];
  const child = endsWithUs(spawn(path, args, { ...OWN_GROUP, stdio: ['ignore', 'ignore', 'pipe'] }));
  return new Promise((resolve, reject) => {
    let listensOn: number | undefined;
    const said: string[] = [];
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`nats-server ended: ${said.join('\n')}`)));
    createInterface(child.stderr).on('line', (line) => {
      if (said.length < 100) said.push(line);
      listensOn ??= Number(/Listening for client connections on .*:(\d+)/.exec(line)?.[1]) || undefined;
      if (line.includes('Server is ready') && listensOn !== undefined) resolve({ child, port: listensOn });
    });
  });
}

async function endedBy(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await ended;
}
