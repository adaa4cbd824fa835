import { type ChildProcess, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';

/**
 * Reads the processes there are, one line a change, and ends them when no more can come: the process that started them
 * has ended, by whatever it was, even a SIGKILL. What is stopped has to go on in order to end.
 */
const GUARD = `
while read -r line; do pids=$line; done
[ -n "$pids" ] || exit 0
for signal in TERM CONT; do for pid in $pids; do kill -$signal -$pid $pid; done; done
sleep 1
for pid in $pids; do kill -KILL -$pid $pid; done
`;

const running = new Set<ChildProcess>();
let guard: Writable | undefined;

/** Pass this when a process is started: it then leads a group, and ends together with what it has started itself. */
export const OWN_GROUP = { detached: true } as const;

/** Has a process that was just started, with {@link OWN_GROUP}, end with this one at the latest. */
export function endsWithUs<Child extends ChildProcess>(child: Child): Child {
  running.add(child);
  child.once('exit', () => {
    running.delete(child);
    tellGuard();
  });
  tellGuard();
  return child;
}

/** Sends a signal to a process and to what it has started itself. */
export function signalGroup({ pid }: Pick<ChildProcess, 'pid'>, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function tellGuard(): void {
  guard ??= startGuard();
  guard.write(`${[...running].flatMap(({ pid }) => pid ?? []).join(' ')}\n`);
}

function startGuard(): Writable {
  const process = spawn('sh', ['-c', GUARD], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  process.unref();
  process.stdin.on('error', () => {});
  // Neither of them keeps this process from ending.
  (process.stdin as Writable & { unref?(): void }).unref?.();
  return process.stdin;
}
