import { setImmediate as turn } from 'node:timers/promises';
import { helloFrame, RawWebSocket, upgradeRequest } from '../support/raw-websocket.ts';

/** How far a client comes before it resets its connection. */
export const STAGES: Readonly<Record<string, (url: string) => Promise<RawWebSocket>>> = {
  async connected(url) {
    return connected(url);
  },
  async 'half of the headers'(url) {
    const client = await connected(url);
    const request = upgradeRequest(url);
    await written(client, request.slice(0, request.length / 2));
    return client;
  },
  async 'the request, before its answer'(url) {
    const client = await connected(url);
    await written(client, upgradeRequest(url));
    return client;
  },
  async 'the answer, before hello'(url) {
    return RawWebSocket.asking(url);
  },
  async 'half of hello'(url) {
    const client = await RawWebSocket.asking(url);
    const hello = helloFrame();
    await written(client, hello.subarray(0, hello.length / 2));
    return client;
  },
  async welcome(url) {
    return RawWebSocket.greeted(url);
  },
};

async function connected(url: string): Promise<RawWebSocket> {
  const client = new RawWebSocket(url);
  await new Promise<void>((resolve) => {
    client.socket.once('connect', resolve);
    client.socket.once('close', () => resolve());
  });
  return client;
}

/** Resolves when the system has taken it. */
function written({ socket }: RawWebSocket, bytes: Buffer | string): Promise<void> {
  return new Promise((resolve) => socket.write(bytes, () => resolve()));
}

/** Connects, comes as far as this, and sends an RST, so many times. */
export async function resets(url: string, stage: string, times: number): Promise<void> {
  const reach = STAGES[stage];
  if (!reach) throw new RangeError(`no stage ${stage}`);
  await many(times, async () => {
    const client = await reach(url);
    client.socket.resetAndDestroy();
    await turn();
  });
}

/** So many are under way at a time. */
const AT_ONCE = 40;

/** Does something so many times, some of them at once. */
export async function many(times: number, act: (n: number) => Promise<void>): Promise<void> {
  let next = 0;
  const one = async (): Promise<void> => {
    while (next < times) await act(next++);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, times) }, one));
}
