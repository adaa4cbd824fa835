import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Build, memoryFlagsOf, PRESENT } from './build.ts';
import { Part } from './processes.ts';

/** What a server says when it is ready. */
export interface Server {
  readonly part: Part;
  readonly port: number;
  readonly url: string;
  readonly busAddress: string;
  readonly busIngress: string;
  readonly epoch: string;
}

const ANY_PORT = 'tcp://127.0.0.1:*';

/**
 * The processes of one measurement, from its first to its end. With ZEROSPAN_TEST_PROFILE, a folder, each server
 * that ends in an orderly way leaves a CPU profile there.
 */
export class Stage {
  readonly build: Build;
  readonly #parts: Part[] = [];
  readonly #folders: string[] = [];
  #isOver = false;

  /** @param build whose server is run; the load is always that of this work tree */
  constructor(build: Build = PRESENT) {
    this.build = build;
  }

  /**
   * Runs a part, named by its file below this folder, that says something when it is ready, and waits for that.
   * @throws when it says that something is missing
   */
  async part(name: string, plan: object): Promise<Part> {
    const part = this.add(Part.script(`${name}.ts`, [JSON.stringify(plan)]));
    const { missing } = await part.said<{ readonly missing?: string }>();
    if (missing !== undefined) throw new Error(missing);
    return part;
  }

  /** A folder that goes with the stage. */
  folder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'zerospan-bench-'));
    this.#folders.push(folder);
    return folder;
  }

  /**
   * A real server, `zerospan serve`, on ports of its own.
   * @param port 0 takes any
   * @param log which log it keeps. Default: one in memory
   */
  async server(
    flags: readonly string[] = [],
    port = 0,
    log: readonly string[] = memoryFlagsOf(this.build),
  ): Promise<Server> {
    const preload = fileURLToPath(new URL('memory.mjs', import.meta.url));
    const ports = ['--port', String(port), '--bus-address', ANY_PORT, '--bus-ingress', ANY_PORT];
    const profiling = process.env.ZEROSPAN_TEST_PROFILE;
    const profile = profiling ? ['--cpu-prof', '--cpu-prof-dir', profiling] : [];
    const node = ['--expose-gc', '--import', preload, ...profile];
    // Ten thousand come, and some beside them that measure.
    const limits = ['--limits-connections', '20000'];
    const part = this.add(
      Part.run([...node, this.build.bin, 'serve', '--json', ...ports, ...limits, ...log, ...flags]),
    );
    const { url, ws, busAddress, busIngress, epoch } = await part.said<Server & { ws: string }>();
    return { part, port: Number(new URL(url).port), url: ws, busAddress, busIngress, epoch };
  }

  /** Ends every process of it, and lets none begin any more. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.clear();
  }

  /** Ends every process of it so far: others may follow. */
  async clear(): Promise<void> {
    // One that is stopped would not hear of its end.
    for (const { pid } of this.#parts) signal(pid, 'SIGCONT');
    await Promise.all(this.#parts.splice(0).map((part) => part.end()));
    for (const folder of this.#folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  }

  /** Takes a process over: it ends with the stage. @throws when that has ended: what was under way is given up */
  add(part: Part): Part {
    if (this.#isOver) {
      void part.end();
      throw new Error('the stage has ended');
    }
    this.#parts.push(part);
    return part;
  }
}

/** To a process that may have ended, or has never begun. */
export function signal(pid: number, name: NodeJS.Signals): void {
  // 0 would be this process and all its children.
  if (pid === 0) return;
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * For a server that is started again on its port. Below the ports that systems give to outgoing connections: it must be
 * free when the server comes back, and a client that tries it meanwhile must not be connected with itself.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}
