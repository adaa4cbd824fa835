import { parentPort, workerData } from 'node:worker_threads';
import fastify from 'fastify';
import { zerospan } from '../../server/src/index.ts';

// A bus in a worker thread, which ends in the way that its owner says.
const app = fastify({ forceCloseConnections: true });
const ANY = 'tcp://127.0.0.1:*';
await app.register(zerospan, { bus: { address: ANY, ingress: ANY } });
const url = await app.listen({ host: '127.0.0.1', port: 0 });
parentPort?.postMessage(await (await fetch(`${url}/health/ready`)).json());
parentPort?.on('message', () => {
  if (workerData === 'exit') process.exit(0);
  void app.close().then(() => parentPort?.close());
});
