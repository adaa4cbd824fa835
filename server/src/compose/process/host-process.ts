import cluster from 'node:cluster';
import { isMainThread } from 'node:worker_threads';

/** Something about the process that a bus runs in, which its operator has to know. */
export interface ProcessNote {
  readonly event: 'one-of-many' | 'worker-thread';
  /** For readiness, which anybody may ask. */
  readonly note: string;
  readonly text: string;
  readonly remedy: string;
}

export interface HostProcess {
  /** Whether `node:cluster` has forked it: others may listen on the same port. */
  readonly isWorker: boolean;
  readonly isMainThread: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export const hostProcess = (): HostProcess => ({
  isWorker: cluster.isWorker,
  isMainThread,
  env: process.env,
});

/**
 * What is to be known of this process. Neither ends a start: a cluster may have one worker, and a thread may be
 * closed well.
 */
export function processNotes({ isWorker, isMainThread: isMain, env }: HostProcess): ProcessNote[] {
  return [...(isWorker || isFurtherInstance(env) ? [ONE_OF_MANY] : []), ...(isMain ? [] : [THREAD])];
}

/** pm2 numbers the instances of an application from 0, also where it does not fork them by `node:cluster`. */
function isFurtherInstance({ NODE_APP_INSTANCE: instance }: HostProcess['env']): boolean {
  return Number(instance) > 0;
}

const ONE_OF_MANY: ProcessNote = {
  event: 'one-of-many',
  note: 'process: one of several workers, each of which is a bus of its own',
  text: 'this process is one of several workers, each a bus of its own: it does not deliver what is put on another',
  remedy:
    'Run the bus in one process: without node:cluster, with one instance of pm2 in fork mode, or as "zerospan serve" ' +
    'beside the workers.',
};

const THREAD: ProcessNote = {
  event: 'worker-thread',
  note: 'process: a worker thread, which must not be ended by terminate()',
  text: 'the bus runs in a worker thread: its terminate() aborts the process, because ZeroMQ cannot be closed then',
  remedy: 'End the thread from within: await app.close(), or process.exit() in it.',
};

/**
 * Closes what a thread has open when it ends by itself: the addon of ZeroMQ aborts the process where a receive is
 * still pending.
 * @returns calls it off
 */
export function onThreadExit(close: () => void): () => void {
  if (isMainThread) return () => {};
  process.on('exit', close);
  return () => void process.off('exit', close);
}
