import { setTimeout as pause } from 'node:timers/promises';
import type { Flow } from '../support/flow.ts';
import type { Direction } from '../support/proxy.ts';
import type { Random } from '../support/random.ts';
import type { Client, World } from './world.ts';

/** One fault: does its harm, lasts, and mends what it did. */
export type Fault = (world: World, random: Random) => Promise<void>;

/** One client, or now and then all of them. */
function victims({ clients }: World, random: Random): readonly Client[] {
  return random.chance(0.3) ? clients : [random.one(clients)];
}

/** How long a fault lasts when it has no reason to last otherwise, in ms. */
function aWhile(random: Random): number {
  return random.between(200, 2_500);
}

function flowing(flow: (random: Random) => Flow, directions: readonly Direction[]): Fault {
  return async (world, random) => {
    const all = victims(world, random);
    for (const { proxy } of all) for (const direction of directions) proxy.flow(direction, flow(random));
    await pause(aWhile(random));
    for (const { proxy } of all) proxy.restore();
  };
}

/**
 * What the server says to them from now on is under way, and will be lost with the connection: answers to puts, above
 * all.
 */
async function holdAnswers(clients: readonly Client[], random: Random): Promise<() => void> {
  for (const { proxy } of clients) proxy.flow('down', { kind: 'hold' });
  await pause(random.between(50, 500));
  return () => {
    for (const { proxy } of clients) {
      proxy.drop();
      proxy.restore();
    }
  };
}

/** The server goes away and comes back, half the time with what it said last unheard. */
async function restart(world: World, random: Random, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  await world.loadServer();
  const lose = random.chance(0.5) ? await holdAnswers(world.clients, random) : undefined;
  const stopping = world.stopServer(signal);
  // A server that drains lets its clients go when it is done.
  if (signal === 'SIGKILL') await stopping;
  else await pause(random.between(0, 800));
  lose?.();
  await stopping;
  await pause(random.between(0, 500));
  await world.startServer();
}

/** Every fault that a run can have. */
export const FAULTS = {
  async cut(world, random) {
    const orderly = random.chance(0.5);
    for (const { proxy } of victims(world, random)) {
      if (orderly) proxy.end();
      else proxy.drop();
    }
  },
  async unheard(world, random) {
    const lose = await holdAnswers(victims(world, random), random);
    lose();
  },
  async away(world, random) {
    const all = victims(world, random);
    for (const { proxy } of all) proxy.cut();
    await pause(aWhile(random));
    for (const { proxy } of all) proxy.restore();
  },
  async reset(world, random) {
    for (const { proxy } of victims(world, random)) proxy.reset();
  },
  stall: flowing(() => ({ kind: 'hold' }), ['up', 'down']),
  'stall-answers': flowing(() => ({ kind: 'hold' }), ['down']),
  'blackhole-up': flowing(() => ({ kind: 'swallow' }), ['up']),
  'blackhole-down': flowing(() => ({ kind: 'swallow' }), ['down']),
  blackhole: flowing(() => ({ kind: 'swallow' }), ['up', 'down']),
  slow: flowing(
    (random) => ({ kind: 'slow', bytesPerSecond: random.between(2_000, 40_000) }),
    ['up', 'down'],
  ),
  slice: flowing(() => ({ kind: 'slice' }), ['up', 'down']),
  kill: (world, random) => world.alone(() => restart(world, random, 'SIGKILL')),
  drain: (world, random) => world.alone(() => restart(world, random, 'SIGTERM')),
  async freeze(world, random) {
    const all = victims(world, random);
    for (const { part } of all) part.signal('SIGSTOP');
    await pause(aWhile(random));
    for (const { part } of all) part.signal('SIGCONT');
  },
  async native(world, random) {
    await world.stopPublisher();
    await pause(random.between(0, 300));
    await world.startPublisher();
  },
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof FAULTS;
export const FAULT_NAMES = Object.keys(FAULTS) as FaultName[];
