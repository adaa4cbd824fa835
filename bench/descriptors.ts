import { execFileSync } from 'node:child_process';

/** Descriptors of a server beside its clients. */
const OTHERS = 200;

/**
 * As many sockets as one server can have here, if not as many as are wanted: a process has only so many descriptors.
 */
export function socketsPossible(wanted: number): number {
  const most = Number(execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }));
  // "unlimited" is no number.
  return Math.min(wanted, Number.isNaN(most) ? wanted : most - OTHERS);
}
