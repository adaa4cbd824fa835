import { connect, type Socket } from 'node:net';
import { until } from '../../support/until.ts';
import type { AttackedServer } from '../costs/attacked-server.ts';
import { Flood } from './flood.ts';
import type { Held } from './held.ts';
import { LOG_BYTES } from './scene.ts';

/** What one may cost: what waits for it in the process, and its session. */
const MOST_BYTES = 2 * 2 ** 20;

/** With all of them there must be room for the garbage of one server, whatever their number. */
const GARBAGE_BYTES = 64 * 2 ** 20;

const WARM_UP_S = 5;
/** What the log counts for an entry beside its payload, about. */
const ENTRY_BYTES = 150;
const FULL_MS = 60_000;
const CHANNEL = 'flood';

export interface ReadersOptions {
  readonly readers: number;
  readonly payloadBytes: number;
  /** Publications a second. */
  readonly rate: number;
  /** Publications of before that each of them requests. */
  readonly last?: number;
}

/**
 * Readers of `GET /v1/events` that never read their sockets, while publications come. One after another, so that each
 * has a backlog of its own: readers that stop at the same time share their buffers. One that reads is there all along.
 */
export async function stoppedReaders(server: AttackedServer, options: ReadersOptions): Promise<Held> {
  const { readers, payloadBytes, rate, last } = options;
  const healthy = reader(server).resume();
  // Until the log has nothing else in it, and all code is compiled.
  const flood = await Flood.start(server, { ...options, channel: CHANNEL }, fillingCount(options));
  const stopped: Socket[] = [];
  const behind = async (): Promise<boolean> => (await standing(server, 'behind')) === stopped.length;
  try {
    await until('its stream', async () => (await standing(server, 'live')) === 1, FULL_MS);
    await flood.pause(server);
    const before = await server.metered();
    const residentBytes = server.residentBytes;
    server.forgetPeak();
    flood.go();
    while (stopped.length < readers) {
      const socket = reader(server, last);
      stopped.push(socket);
      await until('a full backlog', behind, FULL_MS);
    }
    await flood.pause(server);
    await until('the reader that reads', behind, FULL_MS);
    const { peakBytes } = server;
    const after = await server.metered();
    return {
      name: `a stopped reader of events, ${rate} × ${payloadBytes} B/s${last ? `, with the last ${last}` : ''}`,
      liveBytes: (after.heldBytes - before.heldBytes) / readers,
      liveMostBytes: MOST_BYTES,
      peakBytes: (peakBytes - residentBytes) / readers,
      peakMostBytes: MOST_BYTES + GARBAGE_BYTES / readers,
      seen: `the mean of ${readers}`,
      faults: healthy.destroyed ? ['the reader that reads was cut'] : [],
    };
  } finally {
    flood.end();
    for (const socket of [healthy, ...stopped]) socket.destroy();
    const open = 'zerospan_http_streams{format="sse"}';
    await until('their ends', async () => (await server.metric(open)) === 0, FULL_MS);
  }
}

/** A reader's socket, from which nothing is read before it is resumed. */
function reader(server: AttackedServer, last?: number): Socket {
  const { hostname, port, host } = new URL(server.addresses.url);
  const socket = connect(Number(port), hostname).on('error', () => undefined);
  socket.pause();
  const lines = [
    `GET /v1/events?channel=${CHANNEL}${last ? `&last=${last}` : ''} HTTP/1.1`,
    `Host: ${host}`,
    'Accept: text/event-stream',
    `Authorization: Bearer ${server.token('reader', { subscribe: CHANNEL, history: CHANNEL })}`,
  ];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  return socket;
}

/** Enough to replace what is in the log, and at least for some seconds. */
function fillingCount({ payloadBytes, rate }: ReadersOptions): number {
  return Math.max(WARM_UP_S * rate, (2 * LOG_BYTES) / (payloadBytes + ENTRY_BYTES));
}

function standing(server: AttackedServer, name: string): Promise<number> {
  return server.metric(`zerospan_sessions{standing="${name}"}`);
}
