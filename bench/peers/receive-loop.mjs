/**
 * The bare receive loop of zeromq, which no server on it can outrun. `count` answers the messages received since it was
 * last asked.
 */
import { obey, say, subscriber } from './peer.mjs';

let received = 0;
const socket = await subscriber();
obey({
  count() {
    const since = { received };
    received = 0;
    return since;
  },
});
say({ ingress: socket.lastEndpoint });
for await (const [message] of socket) if (message) received++;
