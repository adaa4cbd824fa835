import { hostname } from 'node:os';
import type { Clock } from '@zerospan/shared';
import type { NatsCluster } from '../cluster/nats/connect.ts';
import type {
  SharedRevocations,
  SharedRevocationsParts,
} from '../cluster/nats/revocations/shared-revocations.ts';
import { type NodeNews, Nodes } from '../core/cluster/nodes.ts';
import { Roster } from '../core/cluster/roster/roster.ts';
import type { Hub } from '../core/hub.ts';
import { type Meter, meter } from '../core/meter.ts';
import { standingsOf } from '../core/observing/standings.ts';
import type { EndOfTurn } from '../core/time-slicer.ts';
import type { Settings } from '../settings/settings.ts';
import { versionOf } from '../web/http/version.ts';
import type { BusLog, LogReports } from './bus-log.ts';
import { natsSettingsOf, startErrorOf } from './jetstream-log.ts';

const REFUSED =
  'the NATS servers refuse what nodes of the bus say to each other: ' +
  'give this user the rights that docs/cluster.md names';

/** The other nodes of a bus, as far as this one has to do with them. */
export interface Cluster {
  readonly nodes: Nodes;
  readonly roster: Roster;
  readonly reached: NatsCluster;
  readonly meters: readonly Meter[];
  close(): Promise<void>;
}

/**
 * The way to the other nodes of the bus; undefined where its log is that of one server alone.
 * @throws StartError
 */
export async function reachOthers(
  log: BusLog,
  { nats }: Settings,
  clock: Clock,
  onNotice: LogReports['onNotice'],
): Promise<NatsCluster | undefined> {
  if (!log.stream) return undefined;
  try {
    // Loaded only where it is needed.
    const { openNatsCluster } = await import('../cluster/nats/connect.ts');
    return await openNatsCluster({
      nats: natsSettingsOf(nats),
      stream: nats.stream,
      replicas: nats.replicas,
      id: log.stream.incarnation,
      clock,
      onFault: (reason) => onNotice({ event: 'nodes-refused', reason, text: REFUSED }),
    });
  } catch (cause) {
    throw startErrorOf(nats, cause);
  }
}

/** Which clients are on which node: the bus asks it from its first client on. */
export function rosterOf({ network }: NatsCluster, clock: Clock, endOfTurn: EndOfTurn): Roster {
  return new Roster({ network, clock, endOfTurn });
}

/** From then on the others know this node. */
export function joinCluster(reached: NatsCluster, roster: Roster, hub: Hub, clock: Clock): Cluster {
  const { network } = reached;
  const nodes = new Nodes({ network, clock, own: newsOf(hub, clock) });
  roster.start(hub.clients, nodes);
  nodes.start();
  return {
    nodes,
    roster,
    reached,
    meters: clusterMeters(nodes, roster),
    async close() {
      roster.stop();
      nodes.stop();
      await reached.close();
    },
  };
}

/**
 * Reads what was revoked on any node, and hears from then on what they revoke: before anybody is admitted.
 * @throws StartError
 */
export async function shareRevocations(
  { reached }: Cluster,
  nats: Settings['nats'],
  parts: Pick<SharedRevocationsParts, 'own' | 'clock' | 'log' | 'blindMs'>,
): Promise<SharedRevocations> {
  const { network, revocations } = reached;
  try {
    const { SharedRevocations } = await import('../cluster/nats/revocations/shared-revocations.ts');
    return await SharedRevocations.open({ ...parts, ...revocations, network });
  } catch (cause) {
    throw startErrorOf(nats, cause);
  }
}

export function clusterMeters(nodes: Pick<Nodes, 'count'>, roster: Pick<Roster, 'known'>): Meter[] {
  return [
    meter(
      'gauge',
      'zerospan_cluster_nodes',
      'Nodes of the bus that were heard in the last three seconds, this one among them',
      () => nodes.count,
    ),
    meter(
      'gauge',
      'zerospan_cluster_roster_entries',
      'Clients with a session on another node that are known here, and subjects with connections there',
      () => roster.known,
    ),
  ];
}

function newsOf(hub: Hub, clock: Clock): () => NodeNews {
  const sinceMs = clock.elapsed();
  const name = hostname();
  const version = versionOf();
  return () => {
    const { live, behind } = standingsOf(hub.connections.all);
    const { epoch, head } = hub.log;
    const uptimeMs = Math.round(clock.elapsed() - sinceMs);
    return { name, version, uptimeMs, sessions: live + behind, epoch, head };
  };
}
