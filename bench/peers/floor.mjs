/**
 * The floor: what it costs to write ready-made bytes to sockets of Node, and nothing else. No ZeroMQ, no protocol, no
 * check, no care for who is slow. Bytes that are due at the same moment are one write to each socket. A server on Node
 * that writes as often cannot go below this; one that waits longer, and so joins more messages in a write, can.
 *
 * Plan: `rate` in messages a second, `payloadBytes` of each (at least 32), `channel` (default `room`), `tickMs`: how
 * long it waits at least from one write to the next, in ms (default 1, the shortest that Node's timers know). `start`
 * and `stop` answer `{"started":true}`, `{"stopped":true}`; `count` answers the messages sent since it was last asked.
 * Clients say nothing, and get `channel SP json`.
 */
import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { obey, plan, say } from './peer.mjs';

/** After a longer delay the rest of what is due is left out: it would come as one burst. */
const LATE_MOST_MS = 1_000;

/**
 * The one bound: a socket for which so much waits is left out of a write, lest the process grow without end where the
 * rate is too high.
 */
const WAITING_MOST_BYTES = 16 * 1024 * 1024;

/** From RFC 6455, section 1.3. */
const HANDSHAKE_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

const { rate = 1_000, payloadBytes = 120, channel = 'room', tickMs = 1 } = plan;
// The payload is the one of `cli/src/load/stamp.ts`.
const HEAD = '{"at":"';
const DIGITS = 14;
const NEXT = '","pad":"';
const END = '"}';
const padBytes = payloadBytes - HEAD.length - DIGITS - NEXT.length - END.length;

/** One whole frame; only the digits of its moment are still to be written. */
const frame = frameOf(`${channel} ${HEAD}${'0'.repeat(DIGITS)}${NEXT}${'x'.repeat(padBytes)}${END}`);
const digitsAt = frame.length - payloadBytes + HEAD.length;

/** @type {Set<import('node:net').Socket>} */
const sockets = new Set();
let sent = 0;
let due = 0;
let beforeMs = 0;
/** @type {NodeJS.Timeout | undefined} */
let timer;

/** @param {string} text */
function frameOf(text) {
  const payload = Buffer.from(text);
  const short = payload.length < 126;
  const header = Buffer.alloc(short ? 2 : 4, 0x81);
  header[1] = short ? payload.length : 126;
  if (!short) header.writeUInt16BE(payload.length, 2);
  return Buffer.concat([header, payload]);
}

function tick() {
  const nowMs = performance.now();
  due += (Math.min(nowMs - beforeMs, LATE_MOST_MS) / 1_000) * rate;
  beforeMs = nowMs;
  const count = Math.floor(due);
  due -= count;
  if (count > 0) write(count);
  timer = setTimeout(tick, tickMs);
}

/** @param {number} count */
function write(count) {
  const nowUs = process.hrtime.bigint() / 1_000n;
  frame.write(String(nowUs % 10n ** BigInt(DIGITS)).padStart(DIGITS, '0'), digitsAt, 'latin1');
  const bytes = Buffer.allocUnsafeSlow(count * frame.length);
  for (let i = 0; i < count; i++) frame.copy(bytes, i * frame.length);
  for (const socket of sockets) if (socket.writableLength < WAITING_MOST_BYTES) socket.write(bytes);
  sent += count;
}

const server = createServer({ noDelay: true }, (socket) => {
  socket.once('data', (request) => {
    const [, key] = /^sec-websocket-key: *(\S+)/im.exec(request.toString('latin1')) ?? [];
    const accept = createHash('sha1').update(`${key}${HANDSHAKE_GUID}`).digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    sockets.add(socket);
    socket.resume();
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => sockets.delete(socket));
});

server.listen(0, '127.0.0.1', () => {
  say({ port: server.address().port });
  obey({
    start() {
      clearTimeout(timer);
      due = 0;
      beforeMs = performance.now();
      tick();
      return { started: true };
    },
    stop() {
      clearTimeout(timer);
      return { stopped: true };
    },
    count() {
      const since = { sent };
      sent = 0;
      return since;
    },
  });
});
