import { channelsOf, pause } from 'zerospan/load';
import { socketsPossible } from '../../descriptors.ts';
import type { CrowdPlan, CrowdReport } from '../../parts/crowd.ts';
import type { PublisherPlan } from '../../parts/publisher.ts';
import type { Part } from '../../processes.ts';
import type { Server, Stage } from '../../stage.ts';

/** What a bus carries while a console is open. */
export interface LoadSize {
  readonly channels: number;
  /** Messages a second over all channels, in turn. */
  readonly rate: number;
  /** Each on a channel of its own. */
  readonly sessions: number;
}

const PAYLOAD_BYTES = 120;
/** Names of more channels do not fit into the arguments of one process. */
const SOCKETS_A_PART = 5_000;

/** A bus that is used: sessions on channels of their own, and a native publisher to all channels. */
export class BusLoad {
  readonly sessions: number;
  readonly #publisher: Part;

  private constructor(publisher: Part, sessions: number) {
    this.#publisher = publisher;
    this.sessions = sessions;
  }

  /** Resolves when every channel holds something, and every session is subscribed. */
  static async start(stage: Stage, { url, busIngress }: Server, size: LoadSize): Promise<BusLoad> {
    const { channels, rate } = size;
    const wished = channelsOf('load', socketsPossible(size.sessions));
    let sessions = 0;
    for (let from = 0; from < wished.length; from += SOCKETS_A_PART) {
      const own = wished.slice(from, from + SOCKETS_A_PART);
      const plan: CrowdPlan = { url, dialect: 'zerospan', sockets: own.length, channels: own };
      const crowd = await stage.part('parts/crowd', plan);
      sessions += (await crowd.ask<CrowdReport>('connect')).subscribed;
    }
    const load: PublisherPlan = {
      to: { native: busIngress },
      channel: { name: 'load', count: channels },
      payloadBytes: PAYLOAD_BYTES,
    };
    const publisher = await stage.part('parts/publisher', load);
    // What is sent before the server has subscribed would be dropped.
    await pause(1_000);
    await publisher.ask(`start ${rate}`);
    // A second more than each channel needs for one message.
    await pause((channels / rate + 1) * 1_000);
    await publisher.ask('count');
    return new BusLoad(publisher, sessions);
  }

  /** Messages since it was asked last. */
  async sent(): Promise<number> {
    return (await this.#publisher.ask<{ sent: number }>('count')).sent;
  }
}
