import { setTimeout as pause } from 'node:timers/promises';
import { NativeOutlet, Pace } from '../../../cli/src/load/index.ts';
import { until } from '../../support/until.ts';
import type { AttackedServer } from '../costs/attacked-server.ts';

const START_MS = 120_000;
/** Longer than the server gives the same answer to whoever asks for its metrics. */
const POLL_MS = 1_200;

export interface FloodOptions {
  readonly channel: string;
  readonly payloadBytes: number;
  /** Publications a second. */
  readonly rate: number;
}

/** Publications at a steady rate over ZeroMQ, which no limit of puts holds up. */
export class Flood {
  readonly #outlet: NativeOutlet;
  readonly #pace: Pace;
  readonly #rate: number;

  /** @returns once the server has taken this many */
  static async start(server: AttackedServer, options: FloodOptions, count: number): Promise<Flood> {
    const flood = new Flood(server.addresses.busIngress, options);
    const before = await taken(server);
    flood.go();
    await until('the flood', async () => (await taken(server)) - before >= count, START_MS);
    return flood;
  }

  private constructor(address: string, { channel, payloadBytes, rate }: FloodOptions) {
    this.#outlet = new NativeOutlet(address);
    const payload = JSON.stringify('x'.repeat(payloadBytes - 2));
    this.#pace = new Pace(() => this.#outlet.send(channel, payload));
    this.#rate = rate;
  }

  go(): void {
    this.#pace.start(this.#rate);
  }

  /** Resolves once the server has taken all of it. */
  async pause(server: AttackedServer): Promise<void> {
    this.#pace.stop();
    for (let before = -1, now = await taken(server); now !== before; now = await taken(server)) {
      before = now;
      await pause(POLL_MS);
    }
  }

  end(): void {
    this.#pace.stop();
    this.#outlet.close();
  }
}

/** Messages that the server has received over ZeroMQ. */
function taken(server: AttackedServer): Promise<number> {
  return server.metric('zerospan_zeromq_received_total{leg="ingress"}');
}
