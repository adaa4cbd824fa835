// Takes the lock of a directory and keeps it until it is ended; prints `taken`, or who has it. With `file`: as where no
// sockets can be made.
import { NodeLock } from '../../../server/src/logs/disk/identity/node-lock.ts';
import { own } from '../../../server/src/logs/disk/identity/owner.ts';

const [path = '', kind] = process.argv.slice(2);
const noSocket = (): Promise<never> => Promise.reject(new Error('no sockets here'));
try {
  await new NodeLock(path, (folder) => own(folder, kind === 'file' ? noSocket : undefined)).acquire();
  process.stdout.write('taken\n');
  // The lock does not keep the process from ending.
  setInterval(() => undefined, 60_000);
} catch (error) {
  process.stdout.write(`${(error as Error).message}\n`);
}
