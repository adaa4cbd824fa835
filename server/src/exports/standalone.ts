/** A server of its own, for a program that runs nothing else: what `zerospan serve` is made of. */
export { type RunningServer, startServer } from '../compose.ts';
export { type StderrLog, stderrLog } from '../stderr-log.ts';
