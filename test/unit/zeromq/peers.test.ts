import { describe, expect, it } from 'vitest';
import type { EventType, Socket } from 'zeromq';
import { Peers } from '../../../server/src/zeromq/sockets/peers.ts';

/** Peers of a socket to which these events have happened. */
async function seen(...types: EventType[]) {
  return seenBy(() => undefined, ...types);
}

async function seenBy(before: (peers: Peers) => void, ...types: EventType[]) {
  let returned = 0;
  const peers = new Peers({ returned: () => returned++ });
  before(peers);
  let connected = 0;
  const left = [...types];
  const receive = () => {
    connected = peers.connected;
    return Promise.resolve({ type: left.shift() ?? 'end' });
  };
  await peers.watch({ events: { receive }, closed: false } as unknown as Socket);
  const { disconnects, returns, strangers, changes } = peers;
  expect(returned).toBe(returns);
  return { connected, disconnects, returns, strangers, changes };
}

function socketOf(...types: EventType[]): Socket {
  const receive = () => Promise.resolve({ type: types.shift() ?? 'end' });
  return { events: { receive }, closed: false } as unknown as Socket;
}

const COMES: EventType[] = ['accept', 'handshake'];
const FAILS: EventType[] = ['accept', 'handshake:error:other', 'disconnect'];

describe('peers', () => {
  it('come and go, and come after one had gone', async () => {
    expect(await seen(...COMES, ...COMES, 'disconnect', ...COMES)).toEqual({
      connected: 2,
      disconnects: 1,
      returns: 1,
      strangers: 0,
      changes: 4,
    });
  });

  it('are counted from the start at the next socket, whatever had begun at the last one', async () => {
    const peers = new Peers();
    await peers.watch(socketOf('accept', 'accept', 'handshake:error:other'));
    await peers.watch(socketOf(...COMES, 'disconnect'));
    expect([peers.disconnects, peers.strangers]).toEqual([1, 0]);
  });

  it('that were another node’s before return when they come first', async () => {
    const once = (peers: Peers): void => peers.expect();
    expect(await seenBy(once, ...COMES, 'disconnect', ...COMES)).toMatchObject({ returns: 2 });
    const twice = (peers: Peers): void => {
      peers.expect();
      peers.expect();
    };
    expect(await seenBy(twice, ...COMES, ...COMES)).toMatchObject({ returns: 1 });
  });

  it('that are connected to come back once for each time that they went, however often it is tried', async () => {
    const tries: EventType[] = ['connect:delay', 'connect:retry', 'close', 'connect:delay'];
    const comes: EventType[] = ['connect', 'handshake'];
    expect(await seen(...tries, ...comes, 'disconnect', ...tries, ...comes)).toMatchObject({
      connected: 1,
      disconnects: 1,
      returns: 1,
      strangers: 0,
    });
  });

  it('are not strangers: whose handshake fails, or who goes without one', async () => {
    expect(await seen(...COMES, ...FAILS, 'accept', 'disconnect')).toEqual({
      connected: 1,
      disconnects: 0,
      returns: 0,
      strangers: 2,
      changes: 1,
    });
  });

  it('that go while another greets are distinguished from strangers as soon as that one is a peer too', async () => {
    expect(await seen(...COMES, 'accept', 'disconnect')).toMatchObject({ connected: 1, strangers: 1 });
    expect(await seen(...COMES, 'accept', 'disconnect', 'handshake')).toEqual({
      connected: 1,
      disconnects: 1,
      returns: 1,
      strangers: 0,
      changes: 3,
    });
  });
});
