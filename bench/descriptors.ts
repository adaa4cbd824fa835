import { execFileSync } from 'node:child_process';

/** Descriptors of a server beside its clients. */
const OTHERS = 200;

/** The number of sockets that one server can have here, up to `requested`: a process has a limit of descriptors. */
export function socketsPossible(requested: number): number {
  const most = Number(execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }));
  // "unlimited" is no number.
  return Math.min(requested, Number.isNaN(most) ? requested : most - OTHERS);
}
