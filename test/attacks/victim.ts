import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { endsWithUs, OWN_GROUP } from '../support/children.ts';
import type { Holding } from './server-process.ts';

const SERVER = fileURLToPath(new URL('server-process.ts', import.meta.url));

/** So long everything that was closed may take to be gone, in ms, and so often it is looked at. */
const SETTLE_MS = 45_000;
const POLL_MS = 500;

/** The server that is attacked, in a process of its own. */
export class Victim {
  readonly ws: string;
  readonly #child: ChildProcess;

  static async start(): Promise<Victim> {
    const execArgv = ['--expose-gc', '--import', 'tsx', '--conditions=zerospan-source'];
    const child = endsWithUs(fork(SERVER, { ...OWN_GROUP, execArgv }));
    const [{ ws }] = (await once(child, 'message')) as [{ ws: string }];
    return new Victim(child, ws);
  }

  private constructor(child: ChildProcess, ws: string) {
    this.#child = child;
    this.ws = ws;
  }

  get lives(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async holding(): Promise<Holding> {
    const answer = once(this.#child, 'message') as Promise<[Holding]>;
    this.#child.send('measure');
    return (await answer)[0];
  }

  /**
   * What it holds once it has let go of everything that it ever will: it has as many descriptors and handles as before,
   * or it is too late.
   */
  async settled(before: Holding): Promise<Holding> {
    const endMs = performance.now() + SETTLE_MS;
    for (;;) {
      const holding = await this.holding();
      const isOver = holding.descriptors <= before.descriptors && holding.handles <= before.handles;
      if (isOver || performance.now() > endMs) return holding;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  async stop(): Promise<void> {
    if (!this.lives) return;
    const exited = once(this.#child, 'exit');
    this.#child.send('stop');
    await exited;
  }
}
