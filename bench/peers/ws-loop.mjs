/**
 * The plain way: one ZeroMQ SUB, and for each message a loop of `ws.send`.
 *
 * Plan `{"mode":"all"}`: over all sockets. Plan `{"mode":"map"}`: over those of the channel; a client first says a JSON
 * array of channels, and is answered `{"subscribed":true}`. In both a client may put:
 * `{"put":{"id":1,"channels":["a"]}}`, a line feed, and a payload; when it has gone to all of them, the answer is
 * `{"accepted":{"put":1}}`. What clients get is `channel SP json`, as text.
 */
import { once } from 'node:events';
import { WebSocketServer } from 'ws';
import { channelOf, ingress, obey, plan, say } from './peer.mjs';
import { Rooms } from './rooms.mjs';

const TEXT = { binary: false };
const BRACKET = 0x5b;
const LINE_FEED = 0x0a;

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
/** @type {Rooms<import('ws').WebSocket>} */
const rooms = new Rooms();
const toAll = plan.mode === 'all';

/** @param {string} channel */
function socketsOf(channel) {
  return toAll ? server.clients : rooms.of(channel);
}

/** @param {Buffer} message */
function relayed(message) {
  const sockets = toAll ? server.clients : rooms.of(channelOf(message));
  for (const socket of sockets) socket.send(message, TEXT);
}

/**
 * @param {import('ws').WebSocket} socket
 * @param {Buffer} message
 */
function put(socket, message) {
  const line = message.indexOf(LINE_FEED);
  const { id, channels } = JSON.parse(message.toString('utf8', 0, line)).put;
  const payload = message.toString('utf8', line + 1);
  for (const channel of channels) {
    for (const each of socketsOf(channel)) each.send(`${channel} ${payload}`);
  }
  socket.send(`{"accepted":{"put":${id}}}`);
}

server.on('connection', (socket) => {
  /** @type {string[]} */
  let joined = [];
  socket.on('message', (/** @type {Buffer} */ message) => {
    if (message[0] === BRACKET) {
      joined = JSON.parse(message.toString());
      rooms.join(socket, joined);
      socket.send('{"subscribed":true}');
    } else put(socket, message);
  });
  socket.on('close', () => rooms.leave(socket, joined));
  socket.on('error', () => socket.terminate());
});

await once(server, 'listening');
say({ port: server.address().port, ingress: await ingress(relayed) });
obey();
