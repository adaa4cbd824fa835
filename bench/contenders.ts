import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Build } from './build.ts';
import { SOCKET_IO_PATH } from './dialects/socket-io.ts';
import type { PublisherPlan } from './parts/publisher.ts';
import { Part } from './processes.ts';
import type { Stage } from './stage.ts';

/** What is asked of a server that is measured. */
export interface Needs {
  /** `everything`: each message goes to each socket, so that servers for which that is simpler need no channels. */
  readonly delivery: 'everything' | 'by channel';
  readonly rate: number;
  readonly payloadBytes: number;
}

/** A server that runs, and how it is reached. */
export interface Running {
  readonly part: Part;
  /** Whose CPU and memory are measured. */
  readonly pid: number;
  readonly url: string;
  /** See `dialects/index.ts`. */
  readonly dialect: string;
  /** What its subscribers come in with. */
  readonly token?: string;
  /** Where messages go in; undefined for one that makes them itself, at the words `start`, `stop`, `count`. */
  readonly publish: PublisherPlan['to'] | undefined;
}

/** A server that is not here, and how to get it. */
export interface Missing {
  readonly missing: string;
}

export type Contender = (stage: Stage, needs: Needs) => Promise<Running | Missing>;

interface Ready {
  readonly port: number;
  readonly ingress: string;
  readonly natsPort: number;
  readonly pid: number;
  readonly missing?: string;
}

async function peer(stage: Stage, name: string, plan: object): Promise<{ part: Part; ready: Ready }> {
  const file = fileURLToPath(new URL(`peers/${name}.mjs`, import.meta.url));
  const part = stage.add(Part.run(['--expose-gc', file, JSON.stringify(plan)]));
  try {
    return { part, ready: await part.said<Ready>() };
  } catch {
    const install = 'npm ci --prefix bench/peers --ignore-scripts';
    const missing = `${name} did not start; if its packages are not there: ${install}`;
    return { part, ready: { missing } as Ready };
  }
}

/** A peer on Node that is fed through ZeroMQ, as we are. */
function fed(name: string, path: string, dialect: (needs: Needs) => string): Contender {
  return async (stage, needs) => {
    const mode = needs.delivery === 'everything' ? 'all' : 'map';
    const { part, ready } = await peer(stage, name, { mode });
    if (ready.missing) return { missing: ready.missing };
    const url = `ws://127.0.0.1:${ready.port}${path}`;
    return { part, pid: part.pid, url, dialect: dialect(needs), publish: { native: ready.ingress } };
  };
}

/** A key for tokens in a file of its own, and a token for those channels that the scenarios use. */
function guarded({ bin }: Build): { flags: string[]; token: string } {
  const key = join(mkdtempSync(join(tmpdir(), 'zerospan-bench-')), 'key');
  const zerospan = (...args: string[]): string =>
    execFileSync(process.execPath, [bin, ...args], { encoding: 'utf8' }).trim();
  zerospan('token', 'key', key);
  const grants = ['--subscribe', 'room', '--subscribe-prefix', 'inbox'];
  const token = zerospan('token', 'create', '--key', key, '--subject', 'bench', '--expires', '2h', ...grants);
  return { flags: ['--auth-key', key], token };
}

/** A server that keeps its log on disk. @param sync its `log.sync` */
function onDisk(sync: string): Contender {
  return async (stage) => {
    const { part, url, busIngress } = await stage.server([], 0, diskFlags(stage, sync));
    return { part, pid: part.pid, url, dialect: 'zerospan', publish: { native: busIngress } };
  };
}

/** Flags for a log on disk that goes with the stage. */
export function diskFlags(stage: Stage, sync: string): string[] {
  return ['--log', 'disk', '--log-directory', join(stage.folder(), 'log'), '--log-sync', sync];
}

/** Keeps the names, and forgets how each answers. */
function each<Name extends string>(all: Record<Name, Contender>): Record<Name, Contender> {
  return all;
}

/** All servers that are measured, by the names that tables give them. */
export const CONTENDERS = each({
  zerospan: async (stage) => {
    const { part, url, busIngress } = await stage.server();
    return { part, pid: part.pid, url, dialect: 'zerospan', publish: { native: busIngress } };
  },
  'zerospan, guarded': async (stage) => {
    const { flags, token } = guarded(stage.build);
    const { part, url, busIngress } = await stage.server(flags);
    return { part, pid: part.pid, url, dialect: 'zerospan', token, publish: { native: busIngress } };
  },
  'zerospan, events': async (stage) => {
    const { part, port, busIngress } = await stage.server();
    const url = `http://127.0.0.1:${port}/v1/events`;
    return { part, pid: part.pid, url, dialect: 'zerospan, events', publish: { native: busIngress } };
  },
  'zerospan, disk': onDisk('group'),
  'zerospan, disk, interval': onDisk('interval'),
  'ws.send loop': fed('ws-loop', '/', ({ delivery }) =>
    delivery === 'everything' ? 'plain, everything' : 'plain',
  ),
  'Socket.IO': fed('socket-io', SOCKET_IO_PATH, ({ delivery }) =>
    delivery === 'everything' ? 'socket.io, everything' : 'socket.io',
  ),
  µWebSockets: fed('uws', '/', () => 'plain'),
  'nats-server': async (stage) => {
    const { part, ready } = await peer(stage, 'nats', {});
    if (ready.missing) return { missing: ready.missing };
    const url = `ws://127.0.0.1:${ready.port}/`;
    return { part, pid: ready.pid, url, dialect: 'nats', publish: { nats: ready.natsPort } };
  },
  floor: async (stage, { rate, payloadBytes }) => {
    const { part, ready } = await peer(stage, 'floor', { rate, payloadBytes });
    if (ready.missing) return { missing: ready.missing };
    const url = `ws://127.0.0.1:${ready.port}/`;
    return { part, pid: part.pid, url, dialect: 'plain, everything', publish: undefined };
  },
});

export type ContenderName = keyof typeof CONTENDERS;
