import { Publisher } from 'zeromq';
import { until } from '../../support/until.ts';
import { many } from '../resets.ts';
import type { AttackedServer } from './attacked-server.ts';
import { Connection } from './connection.ts';
import { LOG_BYTES } from './scenes.ts';

const MOST_MS = 300_000;
const BATCH = 1_000;
/** Of the log's bytes, so that it is not looked at for ever. */
const FULL = 0.97;

/** Names of the attacker's prefix, of which every second is long and begins as its nested prefixes do. */
export function crowdedName(n: number): string {
  const text = String(n).padStart(6, '0');
  return n % 2 ? `m${text}${'z'.repeat(200)}` : `m${'y'.repeat((n / 2) % 200)}${text}`;
}

/** Fills a server with what others have there: publications on this many names, from ZeroMQ, and sessions. */
export async function crowd(
  server: AttackedServer,
  { names, sessions }: { names: number; sessions: number },
): Promise<() => void> {
  await fill(server, names);
  const connections: Connection[] = [];
  await many(sessions, async (n) => {
    const token = server.token('crowd', { subscribe: 'crowd.' });
    const subscriptions = [{ id: 1, channels: [`crowd.${n}`] }];
    connections.push(await Connection.open(server.addresses.ws, { token, subscriptions }));
  });
  const out = connections.filter(({ closed }) => closed !== undefined).length;
  if (out > 0) throw new Error(`${out} of ${sessions} sessions did not stay`);
  return () => {
    for (const connection of connections) connection.close();
  };
}

async function fill(server: AttackedServer, names: number): Promise<void> {
  const publisher = new Publisher({ sendHighWaterMark: 0, linger: -1 });
  publisher.connect(server.addresses.busIngress);
  // Until it is subscribed to, what it sends is lost.
  await until('its subscription', async () => {
    await publisher.send(`${crowdedName(0)} 1`);
    return (await server.metric('zerospan_log_entries')) > 0;
  });
  // In turn, until the log is full: what an attack puts then takes the place of something else.
  const payload = JSON.stringify('x'.repeat(220));
  const isFull = async () => (await server.metric('zerospan_log_bytes')) > FULL * LOG_BYTES;
  for (let n = 0; n < names || !(await isFull()); ) {
    for (const end = n + BATCH; n < end; n++) await publisher.send(`${crowdedName(n % names)} ${payload}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await until('all names', async () => (await server.metric('zerospan_log_channels')) >= names, MOST_MS);
  publisher.close();
}
