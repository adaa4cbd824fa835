import { connect } from 'node:net';
import { until } from '../../support/until.ts';
import type { Attack } from './attack.ts';
import type { Connection } from './connection.ts';
import { CROWDED, MUTE } from './scenes.ts';

const GRANTS = { subscribe: 'm', put: 'm', history: 'm' };
const LENGTHS = 250;
const nested = Array.from({ length: LENGTHS }, (_, n) => `m${'y'.repeat(n + 1)}`);
const WAIT_MS = 60_000;

const sum = (of: readonly Connection[], count: (each: Connection) => number): number =>
  of.reduce((all, each) => all + count(each), 0);

/** Codes with how often they came, without those that did not. */
function codes(of: readonly Connection[], ...names: string[]): string {
  return names
    .map((name) => [name, sum(of, (each) => each.refusals(name))] as const)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
}

/** Subscriptions with many filters in all, which all end at once. */
const subscriptions = (onLag: string, channels: number) =>
  Array.from({ length: 128 }, (_, id) => ({
    id: id + 1,
    channels: Array.from({ length: channels }, (_unused, n) => `m.${id * channels + n}`),
    onLag,
  }));

export const BY_CLIENTS: readonly Attack[] = [
  {
    name: 'nested prefixes that resume',
    scene: CROWDED,
    judged: 'all',
    async act(stage) {
      const { epoch } = stage.server.addresses;
      const hello = { epoch, subscriptions: [{ id: 1, prefixes: nested, after: 0 }] };
      for (let n = 0; n < stage.scaled(5); n++) {
        const each = await stage.connect('mallory', GRANTS, hello);
        await until('an answer', () => each.count('subscribed') + each.count('refused') > 0, WAIT_MS);
      }
      return {};
    },
  },
  {
    name: 'nested prefixes that ask for history',
    scene: CROWDED,
    judged: 'all',
    async act(stage) {
      const asked = Array.from({ length: 8 }, (_, id) => ({
        id: id + 1,
        prefixes: nested,
        replay: { last: 1 },
      }));
      for (let n = 0; n < stage.scaled(5); n++) {
        const each = await stage.connect('mallory', GRANTS, { subscriptions: asked });
        await until('answers', () => each.count('subscribed') + each.count('refused') >= 8, WAIT_MS);
      }
      await new Promise((resolve) => setTimeout(resolve, 3_000 * stage.scale));
      return {};
    },
  },
  {
    name: 'subscriptions that end at once, by narrower grants',
    scene: CROWDED,
    judged: 'all',
    async act(stage) {
      const hello = { subscriptions: subscriptions('replay', 78) };
      const each = await stage.connect('mallory', GRANTS, hello);
      await until('its subscriptions', () => each.count('subscribed') === 128, WAIT_MS);
      each.say({ auth: { token: stage.server.token('mallory', { put: 'm' }) } });
      await until('their ends', () => each.count('refused') >= 128, WAIT_MS);
      return {};
    },
  },
  {
    name: 'subscriptions that end at once, by onLag close',
    scene: CROWDED,
    judged: 'all',
    async act(stage) {
      const each = await stage.connect('mallory', GRANTS, { subscriptions: subscriptions('close', 78) });
      await until('its subscriptions', () => each.count('subscribed') === 128, WAIT_MS);
      each.pause();
      const other = await stage.connect('mallory', GRANTS);
      const names = Array.from({ length: 10 }, (_, n) => `m.${n}`);
      for (let id = 1; id <= 30; id++) other.put(id, names, JSON.stringify('x'.repeat(60_000)));
      await other.answered(30);
      each.resume();
      await until('their ends', () => each.count('refused') >= 128, WAIT_MS);
      return {};
    },
  },
  {
    name: 'receipts',
    scene: CROWDED,
    judged: 'all',
    async act(stage) {
      const names = Array.from({ length: 999 }, (_, n) => `m${n.toString(36)}`);
      const all: Connection[] = [];
      for (let n = 0; n < 20; n++) {
        const filters = [{ id: 1, channels: [...names, `m.${n}`] }];
        all.push(await stage.connect('mallory', GRANTS, { acks: true, subscriptions: filters }));
      }
      const puts = stage.scaled(10);
      for (const each of all)
        for (let id = 1; id <= puts; id++) each.put(id, names, '1', { confirm: { timeoutMs: 60_000 } });
      // Beyond the pace they wait: long enough for those within it.
      await until('answers', () => sum(all, ({ answers }) => answers) >= 20 * puts, 8_000).catch(() => {});
      const waiting = 20 * puts - sum(all, ({ answers }) => answers);
      const held = waiting > 0 ? `${waiting} read later` : '';
      return { bounded: [codes(all, 'too-many-confirms'), held].filter(Boolean).join(', ') };
    },
  },
  {
    name: 'filters',
    scene: CROWDED,
    judged: 'all',
    async act(stage) {
      const all: Connection[] = [];
      const connections = stage.scaled(20);
      for (let n = 0; n < connections; n++) {
        const own = Array.from({ length: 10 }, (_, id) => ({
          id: id + 1,
          channels: Array.from({ length: 1_000 }, (_unused, k) => `m${n}.${id}.${k}`),
        }));
        const each = await stage.connect('mallory', GRANTS, { subscriptions: own });
        all.push(each);
        const answered = () => each.count('subscribed') + each.count('refused') >= 10;
        await until('answers', () => answered() || each.closed !== undefined, WAIT_MS);
      }
      return { bounded: codes(all, 'too-many-filters') };
    },
  },
  {
    name: 'connections with many filters that end at once',
    scene: CROWDED,
    judged: 'all',
    async act(stage) {
      const all: Connection[] = [];
      for (let n = 0; n < stage.scaled(10); n++) {
        const own = Array.from({ length: 10 }, (_, id) => ({
          id: id + 1,
          channels: Array.from({ length: 990 }, (_unused, k) => `m${n}.${id}.${k}`),
        }));
        const each = await stage.connect('mallory', GRANTS, { subscriptions: own });
        await until('its subscriptions', () => each.count('subscribed') === 10, WAIT_MS);
        all.push(each);
      }
      for (const each of all) each.close();
      // What the server does to end them is measured too, so it is given time for it.
      await new Promise((resolve) => setTimeout(resolve, 500));
      return {};
    },
  },
  {
    name: 'pipelined metrics',
    scene: CROWDED,
    judged: 'all',
    async act(stage) {
      const { hostname, port, host } = new URL(stage.server.addresses.url);
      const requests = `GET /metrics HTTP/1.1\r\nHost: ${host}\r\n\r\n`.repeat(stage.scaled(300));
      let closed = 0;
      const times = 5;
      for (let n = 0; n < times; n++) {
        await new Promise<void>((resolve) => {
          const socket = connect(Number(port), hostname, () => socket.write(requests));
          socket.on('error', () => undefined).on('data', () => undefined);
          socket.setTimeout(10_000, () => socket.destroy());
          socket.on('close', () => resolve());
          socket.on('end', () => closed++);
        });
        stage.otherBytes += requests.length;
      }
      return { bounded: `${closed || times} of ${times} connections closed` };
    },
  },
  {
    name: 'refused requests, and a log that cannot be written',
    scene: MUTE,
    judged: 'all',
    async act(stage) {
      const { url } = stage.server.addresses;
      const requests = stage.scaled(500);
      const statuses = new Map<number, number>();
      for (let n = 0; n < requests; n++) {
        const { status } = await fetch(new URL('/bus', url), {
          headers: { origin: 'https://elsewhere.example' },
        });
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        stage.otherBytes += 150;
      }
      const given = [...statuses].map(([status, times]) => `${times} × ${status}`).join(', ');
      return { bounded: given, harm: stage.server.hasEnded ? ['the server has ended'] : [] };
    },
  },
];
