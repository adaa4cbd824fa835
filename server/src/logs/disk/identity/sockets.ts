import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';

/** Longest path of a socket, in bytes: 108 with a zero at the end on Linux, 104 elsewhere. */
const PATH_BYTES = 103;

/**
 * Listens at a new socket in a folder. Rejects where none can be made.
 * @returns stops listening
 */
export function listenAt(folder: string, name: string): Promise<() => Promise<void>> {
  return withShortPath(
    folder,
    name,
    (path) =>
      new Promise((resolve, reject) => {
        // That it is answered at all is the answer.
        const server = createServer((socket) => {
          socket.on('error', () => undefined);
          socket.destroy();
        });
        server.once('error', reject);
        // Exclusive: a worker of a cluster would share it with others.
        server.listen({ path, exclusive: true }, () => {
          server.on('error', () => undefined);
          server.unref();
          resolve(() => new Promise((closed) => server.close(() => closed())));
        });
      }),
  );
}

/** Whether a process listens there, be it stopped. What cannot be found out counts as yes. */
export async function isListening(folder: string, name: string): Promise<boolean> {
  const isThere = (): boolean => existsSync(join(folder, name));
  if (!isThere()) return false;
  return withShortPath(
    folder,
    name,
    (path) =>
      new Promise<boolean>((resolve) => {
        const socket = connect(path);
        socket.once('connect', () => {
          socket.destroy();
          resolve(true);
        });
        socket.once('error', ({ code }: NodeJS.ErrnoException) => {
          resolve(code !== 'ECONNREFUSED' && isThere());
        });
      }),
  ).catch(isThere);
}

/** A path that is too long for a socket leads through a descriptor of its folder, where the system has such paths. */
async function withShortPath<T>(
  folder: string,
  name: string,
  action: (path: string) => Promise<T>,
): Promise<T> {
  const path = join(folder, name);
  if (Buffer.byteLength(path) <= PATH_BYTES) return action(path);
  const directory = await open(folder, 'r');
  try {
    return await action(`/proc/self/fd/${directory.fd}/${name}`);
  } finally {
    await directory.close();
  }
}
