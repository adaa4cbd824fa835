import { type ChildProcess, fork } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endsWithUs, OWN_GROUP } from '../../support/children.ts';
import { until } from '../../support/until.ts';
import type { Scene } from './attack.ts';
import type { Metered } from './meter.ts';

const CLI = fileURLToPath(new URL('../../../cli/src/index.ts', import.meta.url));
const METER = new URL('meter.ts', import.meta.url).href;
const FLAGS = [
  'serve',
  '--json',
  '--port',
  '0',
  '--bus-address',
  'tcp://127.0.0.1:*',
  '--bus-ingress',
  'tcp://127.0.0.1:*',
  '--log',
  'memory',
];
const START_MS = 60_000;

interface Addresses {
  readonly ws: string;
  readonly url: string;
  readonly epoch: string;
  readonly busAddress: string;
  readonly busIngress: string;
}

/** What a token says that its owner may do, as a prefix for each. */
export interface Grants {
  readonly subscribe?: string;
  readonly put?: string;
  readonly history?: string;
  readonly observe?: boolean;
}

/** `zerospan serve` in a process of its own, with tokens, and with a meter put before it. */
export class AttackedServer {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #secret: string;
  #logged = '';
  #addresses: Addresses | undefined;

  static async start({ flags, isMute = false }: Scene): Promise<AttackedServer> {
    const server = new AttackedServer(flags, isMute);
    await until('the server', () => server.#addresses ?? server.hasEnded, START_MS);
    if (server.hasEnded) throw new Error(`the server ended at its start: ${server.#logged}`);
    return server;
  }

  private constructor(flags: readonly string[], isMute: boolean) {
    this.#folder = mkdtempSync(join(tmpdir(), 'zerospan-'));
    this.#secret = randomBytes(32).toString('base64url');
    const key = join(this.#folder, 'key');
    writeFileSync(key, this.#secret, { mode: 0o600 });
    const full = isMute ? openSync('/dev/full', 'w') : undefined;
    const execArgv = ['--expose-gc', '--import', 'tsx', '--import', METER, '--conditions=zerospan-source'];
    this.#child = endsWithUs(
      fork(CLI, [...FLAGS, '--auth-key', key, ...flags], {
        ...OWN_GROUP,
        execArgv,
        stdio: ['ignore', 'pipe', full ?? 'pipe', 'ipc'],
      }),
    );
    if (full !== undefined) closeSync(full);
    this.#child.stderr?.on('data', (text: Buffer) => (this.#logged += text.toString()));
    let ready = '';
    this.#child.stdout?.on('data', (text: Buffer) => {
      ready += text.toString();
      if (ready.endsWith('\n')) this.#addresses ??= JSON.parse(ready) as Addresses;
    });
  }

  get addresses(): Addresses {
    if (!this.#addresses) throw new Error('the server is not ready');
    return this.#addresses;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  get logged(): string {
    return this.#logged;
  }

  token(subject: string, { subscribe, put, history, observe = false }: Grants): string {
    const filters = (prefix?: string) => (prefix === undefined ? [] : [{ prefix }]);
    const zerospan = {
      subscribe: filters(subscribe),
      put: filters(put),
      history: filters(history),
      confirm: true,
      observe,
    };
    const exp = Math.floor(Date.now() / 1_000) + 3_600;
    const parts = [
      { alg: 'HS256', typ: 'JWT' },
      { iss: 'zerospan', aud: 'zerospan', sub: subject, exp, zerospan },
    ];
    const signed = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    return `${signed}.${createHmac('sha256', this.#secret).update(signed).digest('base64url')}`;
  }

  /** The longest turn since it was last asked, and what it holds now. */
  async metered(): Promise<Metered> {
    const answer = once(this.#child, 'message') as Promise<[Metered]>;
    this.#child.send('measure');
    return (await answer)[0];
  }

  /** From now on {@link peakBytes} is that of what follows. */
  forgetPeak(): void {
    writeFileSync(`/proc/${this.#child.pid}/clear_refs`, '5');
  }

  get residentBytes(): number {
    return this.#status('VmRSS');
  }

  get peakBytes(): number {
    return this.#status('VmHWM');
  }

  /** How long its main thread has waited for a processor, in ms: that is the machine's doing. */
  get queuedMs(): number {
    return queuedMs(this.#child.pid);
  }

  /** The value of a metric with these labels; 0 when there is none. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(new URL('/metrics', this.addresses.url))).text();
    const line = text.split('\n').find((each) => each.startsWith(`${name} `));
    return Number(line?.slice(name.length + 1) ?? 0);
  }

  async stop(): Promise<void> {
    if (!this.hasEnded) {
      const exited = once(this.#child, 'exit');
      this.#child.kill('SIGKILL');
      await exited;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #status(field: string): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'latin1');
    return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) * 1_024;
  }
}

/** How long this process's main thread has worked, in ms: meanwhile it hears nothing. */
export const workedMs = (): number =>
  Number(readFileSync('/proc/self/schedstat', 'latin1').split(' ')[0]) / 1e6;

/** How long a process's main thread has waited for a processor, in ms. */
export function queuedMs(pid: number | 'self' = 'self'): number {
  return Number(readFileSync(`/proc/${pid}/schedstat`, 'latin1').split(' ')[1]) / 1e6;
}
