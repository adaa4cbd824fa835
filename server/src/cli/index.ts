import { setMaxListeners } from 'node:events';
import closeWithGrace from 'close-with-grace';
import { EXIT } from './failure.ts';
import { run } from './program.ts';
import { say, type Terminal } from './terminal.ts';

/** After a signal the process ends within this time, in ms, whatever happens. */
const STOP_MS = 4_000;

const interrupt = new AbortController();
// The demo opens a dozen connections at a time, and each listens.
setMaxListeners(0, interrupt.signal);
const terminal: Terminal = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  interrupted: interrupt.signal,
};

// The reader of a pipe that is gone wants no more: an end, not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') say(terminal, `zerospan: stdout: ${error.message}`);
  interrupt.abort();
});

const ended = run(process.argv.slice(2), terminal);

const grace = closeWithGrace({ delay: STOP_MS, logger: console, skip: ['beforeExit'] }, async ({ err }) => {
  if (err) say(terminal, `zerospan: ${err.stack ?? err.message}`);
  interrupt.abort();
  const exitCode = await ended;
  process.exit(err ? EXIT.failed : exitCode);
});

process.exitCode = await ended;
grace.uninstall();
