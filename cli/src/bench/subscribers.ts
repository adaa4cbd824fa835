import { LoadSocket, type Tally, TICK_MS, ZerospanDialect } from '../load/index.ts';
import { connectAll } from './connect-all.ts';
import type { BenchPlan } from './plan.ts';

/** Acknowledgements are spread over this many turns, like those of independent clients. */
const TURNS = 10;

/** The subscribers of one run. */
export class Subscribers {
  readonly #plan: BenchPlan;
  readonly #tally: Tally;
  readonly #buffer: Buffer;
  readonly #lost: (reason: string) => void;
  readonly #sockets: LoadSocket[] = [];
  #timer: NodeJS.Timeout | undefined;
  #turn = 0;

  /** @param lost called for each subscriber whose connection ends */
  constructor(plan: BenchPlan, tally: Tally, buffer: Buffer, lost: (reason: string) => void) {
    this.#plan = plan;
    this.#tally = tally;
    this.#buffer = buffer;
    this.#lost = lost;
  }

  /** Resolves when all are subscribed. */
  async connect(signal: AbortSignal, connected: (count: number) => void): Promise<void> {
    const { url, ca, channels, subscribers, token } = this.#plan;
    const dialect = new ZerospanDialect({ token });
    this.#timer = setInterval(() => this.#acknowledge(), TICK_MS / TURNS);
    const open = (index: number, ready: () => void, ended: (reason: string) => void): void => {
      const channel = channels[index % channels.length] as string;
      this.#sockets.push(
        new LoadSocket({ url, dialect, ca }, [channel], this.#tally, this.#buffer, ready, ended),
      );
    };
    await connectAll(subscribers, { to: url, open, lost: this.#lost, connected }, signal);
  }

  close(): void {
    clearInterval(this.#timer);
    for (const socket of this.#sockets) socket.end();
  }

  #acknowledge(): void {
    this.#turn = (this.#turn + 1) % TURNS;
    for (let i = this.#turn; i < this.#sockets.length; i += TURNS) this.#sockets[i]?.tick();
  }
}
