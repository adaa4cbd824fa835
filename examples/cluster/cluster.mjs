// Three NATS servers, two Zerospan nodes and a balancer, and a demo that goes on while they are killed:
//
//     node cluster.mjs --seconds 60 --kill

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startBalancer } from './balancer.mjs';
import { Demo } from './demo.mjs';
import { freeOrThrow, natsServers, nodes, PORTS, syncsEachWrite } from './services.mjs';

const HELP = `node cluster.mjs [options]

  --seconds <n>    How long the demo goes on. Default: until q or Ctrl+C.
  --kill           Kills something at random again and again, and starts it again.
  --every <n>      How often --kill does so, in seconds. Default: 10.
  --port <n>       Port of the balancer; the ${PORTS - 1} ports behind it are used, too. Default: 8080.
  --folder <dir>   Where the NATS servers and logs write. Default: a temporary one, which is removed.`;

const { values: given } = readArguments();
const seconds = numberOf('seconds', given.seconds ?? '0');
const every = numberOf('every', given.every ?? '10');
const port = numberOf('port', given.port ?? '8080');

const temporary = given.folder === undefined ? mkdtempSync(join(tmpdir(), 'zerospan-cluster-')) : undefined;
const folder = temporary ?? resolve(given.folder ?? '');
mkdirSync(folder, { recursive: true });

/** @type {import('./service.mjs').Service[]} */
const services = [];
// However this process ends, nothing that it started stays behind.
process.on('exit', () => {
  for (const service of services) service.kill();
  if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true, maxRetries: 5 });
});
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));

const ended = new AbortController();
let isRunning = false;
process.on('SIGINT', interrupt);

try {
  process.exit((await main()) ? 0 : 1);
} catch (error) {
  console.error(/** @type {Error} */ (error).message);
  process.exit(1);
}

/** @returns whether each accepted publication came once and in order */
async function main() {
  if (!syncsEachWrite()) console.log('This nats-server is older than 2.10: it does not sync each write.');
  await freeOrThrow(port);
  const servers = natsServers(folder, port);
  services.push(...servers);
  console.log(`Starting three NATS servers and two nodes; their logs: ${folder}`);
  await Promise.all(servers.map((server) => server.start()));
  const ours = nodes(folder, port);
  services.push(...ours);
  await Promise.all(ours.map((node) => node.start()));
  const balancer = await startBalancer(port, [port + 1, port + 2]);
  for (const [i, { name, pid }] of services.entries()) console.log(`  ${i + 1}  ${name}  pid ${pid}`);
  console.log(`The bus is http://127.0.0.1:${port}. Keys: 1 to 5 kill and start one of these, q ends.`);

  const demo = new Demo(`ws://127.0.0.1:${port}/bus`);
  await demo.start();
  isRunning = true;
  readKeys();
  await run(demo);
  demo.stop();
  console.log('Ending: what is down is started again, and the subscribers receive the rest.');
  await Promise.all(services.filter(({ isUp }) => !isUp).map((service) => service.start()));
  const isRight = await demo.finish();
  balancer.close();
  for (const group of [ours, servers]) await Promise.all(group.map((service) => service.stop()));
  return isRight;
}

/** Prints a line a second, and kills, until it is over. @param {Demo} demo */
async function run(demo) {
  let killed = 0;
  for (let second = 1; !ended.signal.aborted && (seconds === 0 || second <= seconds); second++) {
    await sleep(1_000, undefined, { signal: ended.signal }).catch(() => {});
    console.log(`${String(second).padStart(4)} s  ${demo.line()}`);
    if (!given.kill) continue;
    // One at a time: three servers outlive the loss of one, two nodes too.
    if (second - killed >= every && services.every(({ isUp }) => isUp)) {
      killed = second;
      toggle(Math.floor(Math.random() * services.length));
    } else if (second - killed === Math.floor(every / 2)) startAll();
  }
}

/** Kills it, or starts it again. @param {number} index */
function toggle(index) {
  const service = services[index];
  if (service === undefined) return;
  if (service.isDown) return start(service);
  if (!service.isUp) return;
  console.log(`        killed ${service.name}`);
  service.kill();
}

function startAll() {
  for (const service of services.filter(({ isDown }) => isDown)) start(service);
}

/** @param {import('./service.mjs').Service} service */
function start(service) {
  service.start().then(
    () => service.isUp && console.log(`        ${service.name} is back, as process ${service.pid}`),
    (/** @type {Error} */ { message }) => console.error(message),
  );
}

function readKeys() {
  // Without Enter, where it is a terminal.
  if (process.stdin.isTTY) process.stdin.setRawMode(true);
  process.stdin.on('data', (data) => {
    for (const key of data.toString()) {
      if (key === 'q' || key === '\u0003') interrupt();
      else if (/[1-5]/.test(key)) toggle(Number(key) - 1);
    }
  });
}

/** The first time the demo ends with its account; the second time, and before it has begun, at once. */
function interrupt() {
  if (ended.signal.aborted || !isRunning) process.exit(1);
  ended.abort();
}

function readArguments() {
  try {
    const parsed = parseArgs({
      options: {
        seconds: { type: 'string' },
        kill: { type: 'boolean' },
        every: { type: 'string' },
        port: { type: 'string' },
        folder: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
    if (parsed.values.help) end(HELP, 0);
    return parsed;
  } catch (error) {
    return end(`${/** @type {Error} */ (error).message}\n\n${HELP}`, 1);
  }
}

/** @param {string} name @param {string} text */
function numberOf(name, text) {
  const number = Number(text);
  const least = { every: 2, port: 1 }[name] ?? 0;
  const most = name === 'port' ? 65_535 - PORTS : 1_000_000;
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  return end(`--${name} is a whole number from ${least} to ${most}, not ${text}.`, 1);
}

/** @param {string} text @param {number} code @returns {never} */
function end(text, code) {
  (code === 0 ? console.log : console.error)(text);
  process.exit(code);
}
