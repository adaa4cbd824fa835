import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Service } from './service.mjs';

const NATS_SERVER = process.env.NATS_SERVER ?? 'nats-server';
const ZEROSPAN = fileURLToPath(new URL('../../cli/bin/zerospan.js', import.meta.url));

/** Bytes of the log: a demo needs no gibibyte on each of three servers. */
const LOG_BYTES = 67_108_864;

/** Where each program listens, counted from the port of the balancer. Three or two in a row. */
const OFFSETS = { node: 1, bus: 3, ingress: 5, nats: 7, routes: 10, monitor: 13 };

/** How many ports are used in all, with that of the balancer. */
export const PORTS = 16;

const SERVERS = [0, 1, 2];
const NODES = [0, 1];

/** Whether the NATS servers can sync each write, as one that must outlive a power loss has to. @throws without one */
export function syncsEachWrite() {
  // Debian has it in a folder that is not on everybody's path.
  process.env.PATH = `${process.env.PATH ?? ''}:/usr/sbin`;
  const { stdout, error } = spawnSync(NATS_SERVER, ['--version'], { encoding: 'utf8' });
  if (error) {
    throw new Error(`There is no ${NATS_SERVER} on the PATH. Install one of these, and try again:
  apt-get install nats-server                                (Debian, Ubuntu)
  go install github.com/nats-io/nats-server/v2@latest        (Go; puts it into "$(go env GOPATH)/bin")
  https://github.com/nats-io/nats-server/releases            (binaries)
NATS_SERVER names one that is elsewhere.`);
  }
  const [, major = 0, minor = 0] = /v(\d+)\.(\d+)/.exec(stdout) ?? [];
  return Number(major) > 2 || Number(minor) >= 10;
}

/** Checks all ports. @param {number} from @throws where somebody else has one */
export async function freeOrThrow(from) {
  for (let port = from; port < from + PORTS; port++) {
    if (await isFree(port)) continue;
    throw new Error(`Port ${port} is in use. Name another range of ${PORTS}: --port ${from + 1_000}`);
  }
}

/** Three servers, each with a folder of its own, that know each other. @param {string} folder @param {number} port */
export function natsServers(folder, port) {
  const sync = syncsEachWrite() ? ', sync_interval: always' : '';
  const routes = SERVERS.map((i) => `"nats://127.0.0.1:${port + OFFSETS.routes + i}"`);
  return SERVERS.map((i) => {
    const name = `nats-${i + 1}`;
    const store = join(folder, name);
    const config = join(folder, `${name}.conf`);
    const monitor = port + OFFSETS.monitor + i;
    mkdirSync(store, { recursive: true });
    writeFileSync(
      config,
      `server_name: ${name}
listen: "127.0.0.1:${port + OFFSETS.nats + i}"
http: "127.0.0.1:${monitor}"
jetstream { store_dir: ${JSON.stringify(store)}${sync} }
cluster { name: demo, listen: "127.0.0.1:${port + OFFSETS.routes + i}", routes: [${routes.join(', ')}] }
`,
    );
    const health = `http://127.0.0.1:${monitor}/healthz`;
    return new Service({ name, command: NATS_SERVER, args: ['--config', config], health, folder });
  });
}

/** Two nodes of one bus, whose log is on all three servers. @param {string} folder @param {number} port */
export function nodes(folder, port) {
  const nats = SERVERS.flatMap((i) => ['--nats', `nats://127.0.0.1:${port + OFFSETS.nats + i}`]);
  return NODES.map((i) => {
    const own = port + OFFSETS.node + i;
    const address = ['--bus-address', `tcp://127.0.0.1:${port + OFFSETS.bus + i}`];
    const ingress = ['--bus-ingress', `tcp://127.0.0.1:${port + OFFSETS.ingress + i}`];
    const log = ['--log', 'jetstream', ...nats, '--nats-replicas', '3', '--log-bytes', String(LOG_BYTES)];
    return new Service({
      name: `node-${i + 1}`,
      command: process.execPath,
      args: [ZEROSPAN, 'serve', '--port', String(own), ...address, ...ingress, ...log],
      health: `http://127.0.0.1:${own}/health/ready`,
      folder,
    });
  });
}

/** @param {number} port @returns {Promise<boolean>} */
function isFree(port) {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
