import { RevokedAccess } from '../../../server/src/auth/revocations/revoked.ts';
import { SharedRevocations } from '../../../server/src/cluster/nats/revocations/shared-revocations.ts';
import type { Revoked } from '../../../server/src/core/access/revocations.ts';
import { FakeServer } from '../jetstream/fake-server.ts';
import { FakeStream } from '../jetstream/fake-stream.ts';
import { ManualClock } from '../manual-clock.ts';
import { type FakeNetwork, FakeNetworks, turns } from './fake-network.ts';

export interface RevocationNode {
  readonly shared: SharedRevocations;
  readonly own: RevokedAccess;
  readonly stream: FakeStream;
  readonly network: FakeNetwork;
  /** What ended here while it was open. */
  readonly ended: Revoked[];
  /** What the operator hears. */
  readonly events: string[];
  /** How often it went blind. */
  readonly blind: number[];
}

/** Nodes with one stream of revocations in memory, and their clock. */
export class RevocationNodes {
  readonly clock = new ManualClock();
  readonly server = new FakeServer(this.clock);
  readonly networks = new FakeNetworks();
  /** Resolves when the stream may be made again. */
  recreating: Promise<void> = Promise.resolve();

  async node(blindMs = 60_000): Promise<RevocationNode> {
    const { clock, server } = this;
    const stream = new FakeStream(server);
    const network = this.networks.node();
    const own = new RevokedAccess(clock);
    const events: string[] = [];
    const shared = await SharedRevocations.open({
      ...{ stream, subject: 'revocations', network, clock, own, blindMs },
      recreate: async () => {
        await this.recreating;
        server.isGone = false;
        server.recreate();
      },
      log: { report: (event) => void events.push(event) },
    });
    const ended: Revoked[] = [];
    own.onRevoked((what) => ended.push(what));
    const blind: number[] = [];
    shared.onBlind(() => blind.push(clock.elapsed()));
    return { shared, own, stream, network, ended, events, blind };
  }

  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 250) {
      this.clock.advance(250);
      await turns();
    }
  }
}
