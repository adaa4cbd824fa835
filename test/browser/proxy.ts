import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

/**
 * A reverse proxy as one would stand before the server: it serves it below a path, and adds headers to its answers.
 * @param target answers the server's address when it is needed
 * @returns the address of the page, and how to stop
 */
export async function proxy(target: () => string, path: string, headers: Record<string, string>) {
  const server = createServer((incoming, outgoing) => {
    const { hostname, port } = new URL(target());
    const options = {
      hostname,
      port,
      path: `/${incoming.url?.slice(path.length)}`,
      headers: incoming.headers,
    };
    request(options, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, { ...answer.headers, ...headers });
      answer.pipe(outgoing);
    }).end();
  });
  server.on('upgrade', (incoming, socket) => {
    const { hostname, port } = new URL(target());
    const lines = Object.entries(incoming.headers).map(([name, value]) => `${name}: ${String(value)}\r\n`);
    const onward = connect(Number(port), hostname);
    onward.write(`GET /${incoming.url?.slice(path.length)} HTTP/1.1\r\n${lines.join('')}\r\n`);
    onward.pipe(socket).pipe(onward);
    // Either side may be cut off; the other then ends with it.
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
