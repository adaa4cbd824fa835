/**
 * What the peers have in common. Each is one process of plain Node, so that the CPU and the memory that are read are
 * its own. It takes a plan in JSON as its first argument, says one object in JSON a line on stdout, first when it is
 * ready, and takes one word a line on stdin. SIGTERM ends it at once, and so does the end of stdin: a benchmark that
 * dies leaves nothing behind.
 *
 * `zeromq` is not in the manifest beside this file: it is found further up, and is the one that Zerospan itself runs
 * on.
 */
import { createInterface } from 'node:readline';
import { Subscriber } from 'zeromq';

/**
 * Messages that may wait to be read: 5 s at 20,000 a second, so that none is lost when the peer is late for a moment.
 */
const HIGH_WATER_MARK = 100_000;

/** One collection can leave what the next one frees: finalizers and external memory. */
const COLLECTIONS = 4;
const COLLECTION_PAUSE_MS = 100;

const SPACE = 0x20;

/** @type {{ mode?: 'all' | 'map', rate?: number, payloadBytes?: number, channel?: string, lookMs?: number }} */
export const plan = JSON.parse(process.argv[2] ?? '{}');

/** @param {object} about */
export function say(about) {
  process.stdout.write(`${JSON.stringify(about)}\n`);
}

/**
 * Answers words from stdin. All peers know `memory`: resident memory in bytes, after a forced collection where Node
 * runs with `--expose-gc`.
 * @param {Record<string, () => object | Promise<object>>} [own] words of this peer, and what each answers
 * @param {() => void} [ended] the last thing it does
 */
export function obey(own = {}, ended = () => {}) {
  const words = { memory, ...own };
  const end = () => {
    ended();
    process.exit(0);
  };
  const answer = async (/** @type {string} */ line) => {
    // What stands behind the word is for parts that take numbers.
    const [word = ''] = line.split(' ');
    say((await words[word]?.()) ?? { unknown: word });
  };
  process.on('SIGTERM', end);
  createInterface({ input: process.stdin })
    .on('line', (line) => void answer(line))
    .on('close', end);
}

async function memory() {
  for (let i = 0; i < COLLECTIONS; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, COLLECTION_PAUSE_MS));
  }
  return { rssBytes: process.memoryUsage.rss() };
}

/**
 * Binds a ZeroMQ SUB that takes everything. Its read loop runs when this answers: what comes before the first read is
 * lost.
 * @param {(message: Buffer) => void} take one message: a channel, a space, and JSON
 * @returns {Promise<string>} the address for publishers
 */
export async function ingress(take) {
  const socket = await subscriber();
  void (async () => {
    for await (const [message] of socket) take(message);
  })();
  return socket.lastEndpoint;
}

/** The bound SUB alone, for who reads it in a way of his own. */
export async function subscriber() {
  const socket = new Subscriber({ receiveHighWaterMark: HIGH_WATER_MARK });
  await socket.bind('tcp://127.0.0.1:*');
  socket.subscribe('');
  return socket;
}

/**
 * The channel of a message.
 * @param {Buffer} message
 */
export function channelOf(message) {
  return message.toString('utf8', 0, message.indexOf(SPACE));
}
