/**
 * nats-server over WebSocket, with the settings it comes with but for those below. What is said when it is ready:
 * `port` for WebSockets, `natsPort` for publishers over TCP, and `pid` of nats-server, whose CPU is the one to be read.
 * Where the program is missing, that is said instead.
 */
import { spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { obey, say } from './peer.mjs';

const START_MOST_MS = 10_000;
const POLL_MS = 20;

/** Debian puts it where only the administrator's path leads. */
const FOLDERS = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];

/**
 * Port -1: a free one, which nats-server writes to a file. A consumer is cut off when 64 MB wait for it (the default,
 * written down because it matters here) or when one write takes as long as `write_deadline`: 10 s by default, which a
 * machine under full load can need, and a consumer that is cut off costs nothing any more.
 * @param {string} folder
 */
const configuration = (folder) => `
listen: "127.0.0.1:-1"
ports_file_dir: "${folder}"
max_pending: 64MB
write_deadline: "60s"
websocket {
  listen: "127.0.0.1:-1"
  no_tls: true
}
`;

function program() {
  return FOLDERS.map((folder) => join(folder, 'nats-server')).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** @param {string} path */
async function start(path) {
  const folder = mkdtempSync(join(tmpdir(), 'zerospan-bench-nats-'));
  const file = join(folder, 'nats.conf');
  writeFileSync(file, configuration(folder));
  const server = spawn(path, ['--config', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  const note = (/** @type {Buffer} */ text) => {
    log += text;
  };
  server.stderr.on('data', note);
  server.on('exit', (code, signal) => {
    rmSync(folder, { recursive: true, force: true });
    process.stderr.write(`${log}nats-server ended: ${signal ?? code}\n`);
    process.exit(1);
  });
  obey({ memory: () => memoryOf(server.pid) }, () => {
    server.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  const ports = await portsIn(join(folder, `nats-server_${server.pid}.ports`));
  // What it says later, of slow consumers above all, is for the operator of the benchmark.
  server.stderr.off('data', note);
  server.stderr.on('data', (text) => process.stderr.write(text));
  say({ port: portOf(ports.websocket), natsPort: portOf(ports.nats), pid: server.pid });
}

/** @param {string} file which nats-server writes once all its ports are bound */
async function portsIn(file) {
  const until = performance.now() + START_MOST_MS;
  for (;;) {
    await pause(POLL_MS);
    try {
      return JSON.parse(readFileSync(file, 'utf8'));
    } catch (error) {
      if (performance.now() > until) throw new Error('nats-server did not start', { cause: error });
    }
  }
}

/** @param {string[]} urls */
function portOf([url = '']) {
  return Number(new URL(url).port);
}

/**
 * Resident memory of a process. Unlike Node it has no garbage collection to ask for.
 * @param {number} pid
 */
function memoryOf(pid) {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return { rssBytes: Number(kib) * 1024 };
}

const found = program();
if (found) await start(found);
else say({ missing: 'nats-server is not on the path: apt-get install nats-server' });
