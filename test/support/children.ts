import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import type { Writable } from 'node:stream';

/**
 * Reads the processes there are, one line a change, and folders, one a line. Ends and removes them when no more lines
 * can come: the process that started them has ended, by whatever it was, even a SIGKILL. What is stopped has to go on
 * in order to end.
 */
const GUARD = `
folders=
while read -r line; do
  case $line in
    /*) folders="$folders$line
" ;;
    *) pids=$line ;;
  esac
done
if [ -n "$pids" ]; then
  for signal in TERM CONT; do for pid in $pids; do kill -$signal -$pid $pid; done; done
  sleep 1
  for pid in $pids; do kill -KILL -$pid $pid; done
fi
printf %s "$folders" | while read -r folder; do rm -rf "$folder" || { sleep 1; rm -rf "$folder"; }; done
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
    updateGuard();
  });
  updateGuard();
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

/** A process that has ended and that nobody has waited for is still listed, as a zombie: it does not run. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    if (!existsSync('/proc/self/status')) return true;
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/**
 * Has a folder removed when this process ends, and after the processes that may write into it. @param folder absolute
 */
export function goesWithUs(folder: string): void {
  guard ??= startGuard();
  guard.write(`${folder}\n`);
}

function updateGuard(): void {
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
