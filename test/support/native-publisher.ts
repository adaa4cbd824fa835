import { XPublisher } from 'zeromq';

/**
 * The program of `PublisherProcess`: binds or connects, reports to its parent when it has a subscriber, and sends what
 * its parent asks for.
 */
const [, , role = 'bind', address = ''] = process.argv;
const socket = new XPublisher({
  linger: 0,
  verbosity: 'allSubsUnsubs',
  sendTimeout: 0,
  sendHighWaterMark: 0,
});
if (role === 'bind') await socket.bind(address);
else socket.connect(address);
process.send?.({ at: socket.lastEndpoint });

process.on('message', (messages: string[][]) => {
  void (async () => {
    for (const parts of messages) await socket.send(parts);
  })();
});

for await (const [notice] of socket) {
  // Of everything: the server's own channel is subscribed to, too.
  if (notice?.length === 1 && notice[0] === 1) process.send?.({ subscribed: true });
}
