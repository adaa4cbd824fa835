// Starts a child that would run for ever, which starts another; prints their ids, and ends in the way that is asked
// for.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { endsWithUs, OWN_GROUP } from './children.ts';

const [how] = process.argv.slice(2);
// The second ignores SIGTERM, as something that hangs does.
const script = `trap '' TERM; sh -c "trap '' TERM; while :; do sleep 1; done" & echo $$ $!; wait; while :; do sleep 1; done`;
const child = endsWithUs(spawn('sh', ['-c', script], { ...OWN_GROUP, stdio: ['ignore', 'pipe', 'ignore'] }));

createInterface({ input: child.stdout }).once('line', (pids) => {
  if (how === 'stopped') process.kill(child.pid ?? 0, 'SIGSTOP');
  process.stdout.write(`${pids}\n`, () => {
    if (how === 'throw') throw new Error('an error that nobody catches');
    if (how === 'exit') process.exit(0);
  });
});
