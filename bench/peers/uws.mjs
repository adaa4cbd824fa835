/**
 * ZeroMQ and µWebSockets: each message is published on the topic of its channel, as text without compression. A client
 * first says a JSON array of channels, and is answered `{"subscribed":true}`.
 *
 * The package `uwebsockets` is a copy of uWebSockets.js with its binaries for each platform and Node; its authors
 * publish none to the registry of npm. So the version is pinned.
 */
import uws from 'uwebsockets';
import { channelOf, ingress, obey, say } from './peer.mjs';

/**
 * What may wait for one socket. µWebSockets drops silently above it (its own default is 64 KB), and a peer that drops
 * has less to do: 64 MiB is more than a run leaves waiting, and what nats-server allows as well.
 */
const MAX_BACKPRESSURE_BYTES = 64 * 1024 * 1024;

/** A client of very many channels names them in one message; the default is 16 KB. */
const MAX_PAYLOAD_BYTES = 16 * 1024 * 1024;

const SUBSCRIBED = '{"subscribed":true}';
const decoder = new TextDecoder();

const app = uws.App().ws('/*', {
  compression: uws.DISABLED,
  maxBackpressure: MAX_BACKPRESSURE_BYTES,
  maxPayloadLength: MAX_PAYLOAD_BYTES,
  message(socket, message) {
    for (const channel of JSON.parse(decoder.decode(message))) socket.subscribe(channel);
    socket.send(SUBSCRIBED, false);
  },
});

app.listen('127.0.0.1', 0, async (listening) => {
  if (!listening) throw new Error('no port could be bound');
  const address = await ingress((message) => void app.publish(channelOf(message), message, false));
  say({ port: uws.us_socket_local_port(listening), ingress: address });
  obey();
});
