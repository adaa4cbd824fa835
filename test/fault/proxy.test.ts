import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { TcpProxy } from '../support/proxy.ts';
import { until } from '../support/until.ts';

/** One end of a connection, and all that it has heard. */
class End {
  readonly socket: Socket;
  readonly chunks: Buffer[] = [];
  error: NodeJS.ErrnoException | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (bytes) => this.chunks.push(bytes));
    socket.on('error', (error) => {
      this.error = error;
    });
    onTestFinished(() => void socket.destroy());
  }

  get heard(): string {
    return Buffer.concat(this.chunks).toString();
  }
}

/** A connection through a proxy. */
async function connection() {
  const server = createServer({ noDelay: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const proxy = await TcpProxy.before(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const accepted = once(server, 'connection');
  const client = new End(connect(Number(new URL(proxy.url).port), '127.0.0.1'));
  const [socket] = (await accepted) as [Socket];
  return { proxy, client, server: new End(socket) };
}

const TEXT = 'frames that go by, '.repeat(50);

it('passes on what is said, both ways, and the end', async () => {
  const { client, server } = await connection();
  client.socket.write('up');
  server.socket.end('down');
  await until('both', () => server.heard === 'up' && client.heard === 'down');
  await until('the end', () => client.socket.destroyed && server.socket.destroyed);
  expect([client.error, server.error]).toEqual([undefined, undefined]);
});

it('holds what is said, and delivers it when it is restored', async () => {
  const { proxy, client, server } = await connection();
  proxy.flow('up', { kind: 'hold' });
  client.socket.write('late');
  server.socket.write('now');
  await until('the other way', () => client.heard === 'now');
  expect(server.heard).toBe('');
  proxy.restore();
  await until('the rest', () => server.heard === 'late');
});

it('swallows one way for good, and does not close the other end when this one has closed', async () => {
  const { proxy, client, server } = await connection();
  proxy.flow('up', { kind: 'swallow' });
  client.socket.write('never');
  server.socket.write('heard');
  await until('the other way', () => client.heard === 'heard');
  proxy.restore();
  client.socket.write('nor this');
  client.socket.end();
  await until('the end', () => client.socket.destroyed);
  server.socket.write('anybody?');
  await until('a word into nothing', () => server.socket.writableLength === 0);
  expect(server.heard).toBe('');
  expect(server.socket.destroyed).toBe(false);
});

it('resets in the middle of what comes next', async () => {
  const { proxy, client, server } = await connection();
  proxy.reset();
  server.socket.write(TEXT);
  await until('the reset', () => client.socket.destroyed && server.socket.destroyed);
  // Node may take a reset that comes together with data for an end, so only the other side is sure to see it.
  expect(server.error?.code).toBe('ECONNRESET');
  expect(client.heard).toBe(TEXT.slice(0, client.heard.length));
  expect(client.heard.length).toBeLessThan(TEXT.length);
});

it('slices into single bytes, none missing and none turned round', async () => {
  const { proxy, client, server } = await connection();
  proxy.flow('down', { kind: 'slice' });
  server.socket.write(TEXT);
  await until('all of it', () => client.heard === TEXT);
  expect(client.chunks.length).toBeGreaterThan(TEXT.length / 20);
});

it('lets its number of bytes a second through', async () => {
  const { proxy, client, server } = await connection();
  const beganMs = performance.now();
  proxy.flow('down', { kind: 'slow', bytesPerSecond: 5_000 });
  server.socket.end(TEXT);
  await until('all of it', () => client.heard === TEXT);
  // 950 bytes in steps of 50, the first at once.
  expect(performance.now() - beganMs).toBeGreaterThan(150);
});

it('rejects connections while it is cut', async () => {
  const { proxy, client, server } = await connection();
  proxy.cut();
  await until('the end', () => client.socket.destroyed && server.socket.destroyed);
  const late = new End(connect(Number(new URL(proxy.url).port), '127.0.0.1'));
  await until('the end of the late one', () => late.socket.destroyed);
  expect(proxy.refused).toBe(1);
});
