/**
 * ZeroMQ and Socket.IO: each message is the event `m` with one text, `channel SP json`. WebSocket only, without
 * compression; else as it comes.
 *
 * Plan `{"mode":"all"}`: to everybody. Plan `{"mode":"map"}`: to the room of the channel; a client emits `subscribe`
 * with an array of channels, and is answered by the event `subscribed`. In both a client may emit `put` with an array
 * of channels and a payload (text): the answer is `accepted`.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { channelOf, ingress, obey, plan, say } from './peer.mjs';

const http = createServer();
const io = new Server(http, { transports: ['websocket'], perMessageDeflate: false, serveClient: false });
const toAll = plan.mode === 'all';

/**
 * @param {string} channel
 * @param {string} text
 */
function emit(channel, text) {
  if (toAll) io.emit('m', text);
  else io.to(channel).emit('m', text);
}

io.on('connection', (socket) => {
  socket.on('subscribe', async (/** @type {string[]} */ channels) => {
    await socket.join(channels);
    socket.emit('subscribed');
  });
  socket.on('put', (/** @type {string[]} */ channels, /** @type {string} */ payload) => {
    for (const channel of channels) emit(channel, `${channel} ${payload}`);
    socket.emit('accepted');
  });
});

http.listen(0, '127.0.0.1');
await once(http, 'listening');
const address = await ingress((message) => emit(channelOf(message), message.toString()));
say({ port: http.address().port, ingress: address });
obey();
