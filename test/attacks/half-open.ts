/**
 * Peers that are silent in one way or another, and after how long the server lets go of them, in real time. Exit code 1
 * when a bar is not met.
 *
 *   npm run half-open -- [--peers 20]
 *
 * Takes about a minute.
 */
import { parseArgs } from 'node:util';
import { TcpProxy } from '../support/proxy.ts';
import { OPCODE, RawWebSocket, upgradeRequest } from '../support/raw-websocket.ts';
import { many } from './resets.ts';
import { Victim } from './victim.ts';

const { values } = parseArgs({ options: { peers: { type: 'string', default: '20' } } });
const peers = Number(values.peers);

/** Longer than any bar, so that a bar that is not met is measured too. In ms. */
const PATIENCE_MS = 60_000;
const POLL_MS = 100;
/** Peers come one after the other, so that they are at different places between two looks of the server's. */
const APART_MS = 250;

interface Measured {
  readonly what: string;
  /** At most, in ms. */
  readonly barMs: number;
  /** From the last byte that came from the peer to the server's letting go. */
  readonly tookMs: readonly number[];
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const victim = await Victim.start();
const { ws } = victim;
const http = ws.replace(/^ws/, 'http');

/** Open connections, as the server counts them. */
async function connections(): Promise<number> {
  const metrics = await (await fetch(new URL('/metrics', http))).text();
  return Number(/^zerospan_connections (\d+)$/m.exec(metrics)?.[1]);
}

/**
 * Greeted clients behind a proxy that from one moment on swallows everything, ends included: the peer's machine is
 * gone, and nobody says so.
 */
async function gone(): Promise<Measured> {
  const proxy = await TcpProxy.open(ws);
  for (let n = 0; n < peers; n++) {
    await RawWebSocket.greeted(proxy.url);
    await pause(APART_MS);
  }
  proxy.flow('up', { kind: 'swallow' });
  proxy.flow('down', { kind: 'swallow' });
  const beganMs = performance.now();
  const tookMs: number[] = [];
  while (tookMs.length < peers && performance.now() - beganMs < PATIENCE_MS) {
    await pause(POLL_MS);
    const left = await connections();
    while (tookMs.length < peers - left) tookMs.push(performance.now() - beganMs);
  }
  await proxy.stop();
  return { what: 'a peer whose machine is gone', barMs: 35_000, tookMs: fill(tookMs) };
}

/** Peers that say this much, and no more. */
async function mute(what: string, barMs: number, begin: () => Promise<RawWebSocket>): Promise<Measured> {
  const tookMs: number[] = [];
  await many(peers, async (n) => {
    await pause(n * APART_MS);
    const client = await begin();
    const beganMs = performance.now();
    // Told to go, or cut: a peer that answers no close frame keeps its socket for a second or two more.
    const isOver = () => client.ended || client.frames.some(({ opcode }) => opcode === OPCODE.close);
    while (!isOver() && performance.now() - beganMs < PATIENCE_MS) await pause(POLL_MS);
    if (isOver()) tookMs.push(performance.now() - beganMs);
    client.close();
  });
  return { what, barMs, tookMs: fill(tookMs) };
}

/** Those that were not let go of within our patience took at least as long. */
function fill(tookMs: readonly number[]): number[] {
  return [...tookMs, ...Array<number>(peers - tookMs.length).fill(Number.POSITIVE_INFINITY)];
}

async function says(text: string): Promise<RawWebSocket> {
  const client = new RawWebSocket(ws);
  client.write(text);
  return client;
}

const request = upgradeRequest(ws);
const body =
  'POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"half":';

// The one that is counted by connections goes first and alone.
const measured = [
  await gone(),
  ...(await Promise.all([
    mute('no hello', 10_500, () => RawWebSocket.asking(ws)),
    mute('half of the headers', 10_500, () => says(request.slice(0, request.length / 2))),
    mute('half of a body', 15_500, () => says(body)),
    mute('nothing at all', 10_500, () => says('')),
  ])),
];

const seconds = (ms: number): string =>
  Number.isFinite(ms) ? (ms / 1_000).toFixed(1) : `> ${PATIENCE_MS / 1_000}`;
let met = true;
for (const { what, barMs, tookMs } of measured) {
  const [least, most] = [Math.min(...tookMs), Math.max(...tookMs)];
  const verdict = most <= barMs ? 'met' : 'NOT met';
  met &&= most <= barMs;
  console.log(
    `${what}: ${tookMs.length} peers, let go of after ${seconds(least)} to ${seconds(most)} s; bar ${seconds(barMs)} s: ${verdict}`,
  );
}
await victim.stop();
process.exitCode = met ? 0 : 1;
