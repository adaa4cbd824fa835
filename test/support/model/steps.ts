import type { Filter, OnLag, ReplayRequest } from '@zerospan/shared';
import fc from 'fast-check';
import type { ModelClient } from './client.ts';
import { promises } from './server.ts';
import type { Mode, ModelSubscriber, Place } from './subscriber.ts';
import type { Setting, World } from './world.ts';

/** Numbers below choose among what there is at the time: by their remainder. */
type Pick = number;

export type Replay = 'none' | { last: number } | { sinceMs: number } | { since: Pick; life: Pick };

export type Step =
  | { do: 'put'; bus: Pick; channels: string[]; confirmMs?: number | undefined }
  | { do: 'native'; channel: string; times: number }
  | { do: 'lost upstream'; channel: string; missed: number | null }
  | {
      do: 'subscribe';
      bus: Pick;
      filters: Filter[];
      replay: Replay;
      queue: number;
      mode: Mode;
      onLag?: OnLag;
    }
  | { do: 'add'; subscriber: Pick; filters: Filter[] }
  | { do: 'remove'; subscriber: Pick; filters: Filter[] }
  | { do: 'unsubscribe'; subscriber: Pick }
  | { do: 'read'; subscriber: Pick; most: number }
  | { do: 'to client'; bus: Pick; most: number }
  | { do: 'to server'; bus: Pick; most: number }
  | { do: 'late to server'; bus: Pick; most: number }
  | { do: 'turn' }
  | { do: 'log answers'; most: number }
  | { do: 'flow' }
  | { do: 'settle' }
  | { do: 'slow'; bus: Pick; room: number }
  | { do: 'stall'; bus: Pick; room: number }
  | { do: 'flood'; bus: Pick; channel: string; rounds: number }
  | { do: 'drain'; bus: Pick }
  | { do: 'cut'; bus: Pick; side: 'both' | 'client' | 'server' }
  | { do: 'wait'; ms: number }
  | { do: 'restart'; how: 'crash' | 'stop' | 'drain' }
  | { do: 'join'; resume: Pick | null }
  | { do: 'close bus'; bus: Pick; timeoutMs: number };

const pick = fc.nat({ max: 99 });
const channel = fc.constantFrom('a', 'a', 'b', 'ab', 'c');
const filters = fc.uniqueArray(
  fc.constantFrom<Filter>('a', 'b', 'ab', 'c', '$s', { prefix: 'a' }, { prefix: 'b' }, '', { prefix: '$' }),
  { minLength: 1, maxLength: 3, selector: (filter) => JSON.stringify(filter) },
);
const replay = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Replay>('none') },
  { weight: 2, arbitrary: fc.record({ last: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ sinceMs: fc.constantFrom(0, 400, 3_000, 40_000) }) },
  { weight: 2, arbitrary: fc.record({ since: pick, life: fc.constantFrom(0, 0, 0, 1, 2) }) },
);
const most = fc.constantFrom(1, 1, 2, 3, 10);

function step<D extends string>(name: D) {
  return fc.constant(name);
}

const subscribe = fc.record({
  do: step('subscribe'),
  bus: pick,
  filters,
  replay,
  queue: fc.constantFrom(1, 2, 4, 1_000),
  mode: fc.constantFrom<Mode>('get', 'get', 'listen', 'iterate'),
  onLag: fc.constantFrom<OnLag>('replay', 'replay', 'latest', 'close'),
});

/** How a script begins: for most there is something to be given from the first. */
export const openings = fc.oneof(
  fc.constant<Step[]>([]),
  fc.tuple(subscribe, subscribe, fc.record({ do: step('flow') })),
) as fc.Arbitrary<Step[]>;

export const steps = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      do: step('put'),
      bus: pick,
      channels: fc.uniqueArray(channel, { minLength: 1, maxLength: 3 }),
      confirmMs: fc.constantFrom(undefined, undefined, 1, 2_000, 60_000),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: step('native'),
      channel: fc.constantFrom('a', 'a', 'b', 'ab', 'c', '$s'),
      times: fc.constantFrom(1, 1, 2, 4, 12, 12, 30),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: step('lost upstream'),
      // '': on any channel.
      channel: fc.oneof(channel, channel, fc.constant('')),
      missed: fc.constantFrom(null, 1, 2, 5),
    }),
  },
  { weight: 7, arbitrary: subscribe },
  { weight: 2, arbitrary: fc.record({ do: step('add'), subscriber: pick, filters }) },
  { weight: 1, arbitrary: fc.record({ do: step('remove'), subscriber: pick, filters }) },
  { weight: 1, arbitrary: fc.record({ do: step('unsubscribe'), subscriber: pick }) },
  { weight: 6, arbitrary: fc.record({ do: step('read'), subscriber: pick, most }) },
  { weight: 10, arbitrary: fc.record({ do: step('to client'), bus: pick, most }) },
  { weight: 8, arbitrary: fc.record({ do: step('to server'), bus: pick, most }) },
  { weight: 2, arbitrary: fc.record({ do: step('late to server'), bus: pick, most }) },
  { weight: 8, arbitrary: fc.record({ do: step('turn') }) },
  { weight: 4, arbitrary: fc.record({ do: step('log answers'), most }) },
  { weight: 14, arbitrary: fc.record({ do: step('flow') }) },
  { weight: 5, arbitrary: fc.record({ do: step('settle') }) },
  { weight: 3, arbitrary: fc.record({ do: step('slow'), bus: pick, room: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 4, arbitrary: fc.record({ do: step('stall'), bus: pick, room: fc.integer({ min: 1, max: 6 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: step('flood'),
      bus: pick,
      channel: fc.constantFrom('a', 'a', 'b', 'ab', 'c'),
      rounds: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: step('drain'), bus: pick }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: step('cut'),
      bus: pick,
      side: fc.constantFrom('both', 'both', 'client', 'server'),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: step('wait'),
      ms: fc.constantFrom(1, 100, 250, 600, 600, 2_000, 21_000, 35_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: step('restart'), how: fc.constantFrom('crash', 'stop', 'drain') }),
  },
  { weight: 2, arbitrary: fc.record({ do: step('join'), resume: fc.option(pick) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: step('close bus'), bus: pick, timeoutMs: fc.constantFrom(0, 5_000) }),
  },
) as fc.Arbitrary<Step>;

export const settings: fc.Arbitrary<Setting> = fc.record({
  seed: fc.nat(),
  logEntries: fc.integer({ min: 8, max: 12 }),
  tailEntries: fc.integer({ min: 2, max: 3 }),
  lasts: fc.constantFrom(0, 0, 1, 2, 10),
  ageMs: fc.constantFrom(0, 0, 1_000, 20_000),
  remembered: fc.constantFrom(200_000, 200_000, 6),
  padBytes: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 22_000),
  window: fc.constantFrom(1_000, 1_000, 3, 4, 5),
  logWaits: fc.boolean(),
});

const MOST_BUSES = 3;

/** Does one step; what it picks and is not there, it passes over. */
export async function perform(world: World, step: Step): Promise<void> {
  const { clients } = world;
  const client = 'bus' in step ? of(clients, step.bus) : undefined;
  const subscriber = 'subscriber' in step ? of(world.subscribers, step.subscriber) : undefined;
  switch (step.do) {
    case 'put':
      client?.put(step.channels, world.payload(), step.confirmMs);
      break;
    case 'native':
      for (let i = 0; i < step.times; i++) world.server.append(step.channel, world.payload());
      break;
    case 'lost upstream':
      world.server.lose(step.channel, step.missed);
      break;
    case 'subscribe':
      if (client && !client.isClosed)
        client.subscribe(step.filters, replayOf(world, step.replay), step.queue, step.mode, step.onLag);
      break;
    case 'add':
      if (subscriber) owner(clients, subscriber)?.add(subscriber, step.filters);
      break;
    case 'remove':
      if (subscriber) owner(clients, subscriber)?.remove(subscriber, step.filters, world.place);
      break;
    case 'unsubscribe':
      subscriber?.close(world.place);
      break;
    case 'read':
      subscriber?.read(step.most);
      break;
    case 'to client':
      for (let i = 0; i < step.most; i++) world.toClient(client?.wire);
      break;
    case 'to server':
      for (let i = 0; i < step.most; i++) world.toServer(client?.wire);
      break;
    case 'late to server':
      for (const wire of client?.wires ?? []) {
        for (let i = 0; i < step.most && wire.isZombie; i++) world.toServer(wire);
      }
      break;
    case 'turn':
      await world.server.turn();
      break;
    case 'log answers':
      for (let i = 0; i < step.most; i++) world.server.log.answer();
      break;
    case 'flow':
      await world.flow(false);
      break;
    case 'settle':
      await world.flow(false);
      await world.wait(1_000);
      await world.flow(false);
      break;
    case 'slow':
      if (client?.wire) client.wire.room = step.room;
      break;
    case 'stall':
      if (client?.wire) Object.assign(client.wire, { room: step.room, isStalled: true });
      break;
    case 'flood':
      for (let i = 0; i < step.rounds; i++) await flood(world, client, step.channel);
      break;
    case 'drain':
      client?.wire?.flowsAgain();
      while (world.toClient(client?.wire));
      break;
    case 'cut':
      cut(world, client, step.side);
      break;
    case 'wait':
      await world.wait(step.ms);
      break;
    case 'restart':
      if (step.how === 'drain') world.drain();
      else world.restart(step.how);
      break;
    case 'join':
      if (clients.length < MOST_BUSES)
        world.join(step.resume === null ? undefined : placeIn(world, step.resume));
      break;
    case 'close bus':
      client?.close(world.place, step.timeoutMs);
      break;
  }
  await promises();
}

/** More is published than the log holds, between one room of a link and the next: who reads slowly is overtaken. */
async function flood(world: World, client: ModelClient | undefined, channel: string): Promise<void> {
  for (let i = 0; i < 12; i++) world.server.append(channel, world.payload());
  await world.server.turn();
  while (world.toClient(client?.wire));
  await promises();
  for (let i = 0; i < 3; i++) {
    await world.server.turn();
    world.server.log.answer();
    await promises();
  }
}

function of<T>(items: readonly T[], pick: Pick): T | undefined {
  return items[pick % Math.max(items.length, 1)];
}

function owner(clients: readonly ModelClient[], subscriber: ModelSubscriber): ModelClient | undefined {
  return clients.find(({ subscribers }) => subscribers.includes(subscriber));
}

/** A put that is under way on a broken connection and comes late is known as such only if puts are remembered for long enough. */
function cut(world: World, client: ModelClient | undefined, side: 'both' | 'client' | 'server'): void {
  client?.wire?.cut(world.setting.remembered < 100 && side === 'client' ? 'both' : side);
}

function replayOf(world: World, replay: Replay): ReplayRequest | undefined {
  if (replay === 'none') return undefined;
  return 'since' in replay ? { since: placeIn(world, replay.since, replay.life, 3) } : replay;
}

/** Some place in the log, or so little above its head, or in an earlier one, `life` lives of the server ago. */
function placeIn(world: World, pick: Pick, life = 0, above = 0): Place {
  const { log } = world.servers.at(-1 - life) ?? world.server;
  return { epoch: log.epoch, offset: pick % (log.head + 1 + above) };
}
