import { until } from '../../support/until.ts';
import type { Attack, Outcome, Scene } from './attack.ts';
import { AttackedServer } from './attacked-server.ts';
import { BY_CLIENTS } from './by-clients.ts';
import { BY_NATIVES } from './by-natives.ts';
import { BY_READERS } from './by-readers.ts';
import { BY_SHARES } from './by-shares.ts';
import { BY_TURNS } from './by-turns.ts';
import { Bystander } from './bystander.ts';
import { crowd } from './crowd.ts';
import { Stage } from './stage.ts';

export const ATTACKS: readonly Attack[] = [
  ...BY_CLIENTS,
  ...BY_TURNS,
  ...BY_READERS,
  ...BY_SHARES,
  ...BY_NATIVES,
];

const END_MS = 30_000;

/** What an attack cost the server, and others. */
export interface Cost extends Outcome {
  readonly attack: Attack;
  readonly sentBytes: number;
  /** Of its resident memory, at its peak. */
  readonly grownBytes: number;
  /** Of heap and buffers, after garbage collection, while the attack's connections are still there. */
  readonly heldBytes: number;
  readonly longestTurnMs: number;
  readonly otherPutMs: number;
  readonly otherRefused: number;
}

export interface CostOptions {
  readonly names: number;
  readonly sessions: number;
  /** 1, or less for a short look. */
  readonly scale?: number;
  readonly attacks?: readonly Attack[];
  readonly onDone?: (cost: Cost) => void;
}

/** Carries out each attack, one after the other; those of one scene against one server. */
export async function costs({
  attacks = ATTACKS,
  scale = 1,
  onDone,
  ...crowded
}: CostOptions): Promise<Cost[]> {
  const done: Cost[] = [];
  for (const scene of new Set(attacks.map((attack) => attack.scene))) {
    const server = await AttackedServer.start(scene);
    const leave = await prepare(server, scene, crowded);
    try {
      for (const attack of attacks.filter((each) => each.scene === scene)) {
        const cost = await carriedOut(attack, new Stage(server, scale));
        done.push(cost);
        onDone?.(cost);
      }
    } finally {
      leave();
      await server.stop();
    }
  }
  return done;
}

async function prepare(
  server: AttackedServer,
  { isCrowded }: Scene,
  crowded: { names: number; sessions: number },
): Promise<() => void> {
  const leave = isCrowded ? await crowd(server, crowded) : () => undefined;
  // What is made with the first user of a kind is no cost of the next one.
  const stage = new Stage(server, 1);
  const first = await stage.connect('first', { put: 'first.', subscribe: 'first.' });
  first.put(1, ['first.x']);
  await first.answered(1);
  stage.clear();
  return leave;
}

async function carriedOut(attack: Attack, stage: Stage): Promise<Cost> {
  const { server } = stage;
  const others = await server.metric('zerospan_connections');
  const bystander = await Bystander.join(server);
  const { heldBytes } = await server.metered();
  const residentBytes = server.residentBytes;
  server.forgetPeak();
  const outcome = await attack.act(stage);
  await bystander.leave();
  const peakBytes = server.peakBytes;
  const after = await server.metered();
  stage.clear();
  // What the next attack costs must not hold what this one leaves.
  await until('its end', async () => (await server.metric('zerospan_connections')) <= others, END_MS);
  await server.metered();
  return {
    ...outcome,
    attack,
    sentBytes: stage.sentBytes,
    grownBytes: peakBytes - residentBytes,
    heldBytes: after.heldBytes - heldBytes,
    longestTurnMs: after.longestTurnMs,
    otherPutMs: bystander.longestMs,
    otherRefused: bystander.refused,
  };
}
