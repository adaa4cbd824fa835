import { type ReplayRequest, toFilters } from '@zerospan/shared';
import type { ModelClient } from './client.ts';
import { promises } from './promises.ts';
import type { Pick, Replay, Step } from './steps.ts';
import type { ModelSubscriber, Place } from './subscriber.ts';
import type { World } from './world.ts';

const MOST_BUSES = 3;

/** Does one step; it ignores a step whose target is not there. */
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
      if (client && !client.isClosed) subscribeWith(world, client, step);
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
      await world.succession.turn();
      break;
    case 'log answers':
      for (let i = 0; i < step.most; i++) world.logMoves();
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
    case 'twin':
      if (client && !client.isClosed && clients.length < MOST_BUSES) await twin(world, client, step);
      break;
    case 'cut':
      cut(world, client, step.side);
      break;
    case 'wait':
      await world.wait(step.ms);
      break;
    case 'restart':
      if (step.how === 'drain') world.succession.drain();
      else world.succession.end(step.how);
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
  await world.succession.turn();
  while (world.toClient(client?.wire));
  await promises();
  for (let i = 0; i < 3; i++) {
    await world.succession.turn();
    world.logMoves();
    await promises();
  }
}

/**
 * Another bus subscribes to all that one has, so that the server writes both from one buffer. The first falls behind,
 * and is at the head again in the very turn in which more is gathered for its twin.
 */
async function twin(
  world: World,
  client: ModelClient,
  { channel, room }: Step & { do: 'twin' },
): Promise<void> {
  world.join(undefined);
  const other = world.clients.at(-1);
  for (const { asked, closedAt } of client.subscribers)
    if (!closedAt)
      for (const { set } of asked) other?.subscribe(toFilters(set), undefined, 1_000, 'get', undefined);
  await world.flow(false);
  if (!client.wire) return;
  Object.assign(client.wire, { room, isStalled: true });
  for (let i = 0; i <= room; i++) world.server.append(channel, world.payload());
  await world.succession.turn();
  client.wire?.flowsAgain();
  while (world.toClient(client.wire));
  world.server.append(channel, world.payload());
  await world.succession.turn();
}

function of<T>(items: readonly T[], pick: Pick): T | undefined {
  return items[pick % Math.max(items.length, 1)];
}

function subscribeWith(
  world: World,
  client: ModelClient,
  { filters, replay, queue, mode, onLag, like }: Step & { do: 'subscribe' },
): void {
  const { subscribers } = client;
  const other = like === undefined ? undefined : subscribers[like % subscribers.length];
  const [first] = other?.asked ?? [];
  if (other === undefined || first === undefined)
    client.subscribe(filters, replayOf(world, replay), queue, mode, onLag);
  else client.subscribe(toFilters(first.set), first.replay, queue, mode, other.onLag);
}

function owner(clients: readonly ModelClient[], subscriber: ModelSubscriber): ModelClient | undefined {
  return clients.find(({ subscribers }) => subscribers.includes(subscriber));
}

/**
 * A put that is under way on a broken connection and comes late is known as such only if puts are remembered for long
 * enough.
 */
function cut(world: World, client: ModelClient | undefined, side: 'both' | 'client' | 'server'): void {
  client?.wire?.cut(world.setting.remembered < 100 && side === 'client' ? 'both' : side);
}

function replayOf(world: World, replay: Replay): ReplayRequest | undefined {
  if (replay === 'none') return undefined;
  return 'since' in replay ? { since: placeIn(world, replay.since, replay.life, 3) } : replay;
}

/** Some place in the log, or so little above its head, or in an earlier one, `life` lives of the server ago. */
function placeIn(world: World, pick: Pick, life = 0, above = 0): Place {
  const log = world.lives.at(-1 - life) ?? world.server.log;
  return { epoch: log.epoch, offset: pick % (log.head + 1 + above) };
}
