import { setMaxListeners } from 'node:events';
import { ignoreErrors } from '@zerospan/server/terminal';
import closeWithGrace from 'close-with-grace';
import { run } from './program.ts';
import { EXIT, redactionOf } from './terminal/failure.ts';
import { say, type Terminal } from './terminal/terminal.ts';

/** After a signal the process ends within this time, in ms, whatever happens. */
const STOP_MS = 4_000;

const interrupt = new AbortController();
const signalled = new AbortController();
// The demo opens a dozen connections at a time, and each listens.
setMaxListeners(0, interrupt.signal);
const hangups = new Set<() => void>();
const terminal: Terminal = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  interrupted: interrupt.signal,
  signalled: signalled.signal,
  hangups,
};

// A full disk or a log collector that has died: what was to be written is lost, and the command goes on.
ignoreErrors(process.stderr);

// A closed pipe ends the command without an error. Any other error fails the write that met it.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') interrupt.abort();
});

const ended = run(process.argv.slice(2), terminal);

/**
 * A second signal ends the process at once, but not one that comes with the first: a terminal sends Ctrl-C to the whole
 * group, npm hands its own on, and `timeout` signals twice. One key press must not cut the drain short.
 */
const SAME_SIGNAL_MS = 1_000;
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
let firstMs: number | undefined;

function onSignal(): void {
  const nowMs = performance.now();
  if (firstMs === undefined) {
    firstMs = nowMs;
    grace.close();
  } else if (nowMs - firstMs > SAME_SIGNAL_MS) {
    say(terminal, 'zerospan: second signal: exiting at once');
    process.exit(EXIT.failed);
  }
}

function onHangup(): void {
  if (hangups.size === 0) onSignal();
  else for (const each of hangups) each();
}

const skip = ['beforeExit' as const, 'SIGHUP' as const, ...SIGNALS];
const grace = closeWithGrace({ delay: STOP_MS, logger: console, skip }, async ({ err }) => {
  if (err) say(terminal, `zerospan: ${redactionOf(terminal.env).text(err.stack ?? err.message)}`);
  signalled.abort();
  interrupt.abort();
  const exitCode = await ended;
  process.exit(err ? EXIT.failed : exitCode);
});
for (const signal of SIGNALS) process.on(signal, onSignal);
process.on('SIGHUP', onHangup);

process.exitCode = await ended;
grace.uninstall();
// The second of one key press may come when the drain is over: without a listener it would end the process by itself.
if (firstMs === undefined) {
  for (const signal of SIGNALS) process.off(signal, onSignal);
  process.off('SIGHUP', onHangup);
}
