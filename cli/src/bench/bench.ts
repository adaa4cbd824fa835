import { connect } from '../connection/connect.ts';
import { tokenSource } from '../connection/defaults.ts';
import { say, type Terminal, writeData } from '../terminal/terminal.ts';
import { type BenchOptions, checkOpenFiles, planOf } from './plan.ts';
import { exitCodeOfBench, notesOf, tableOf } from './report.ts';
import { BenchRun } from './run.ts';

/**
 * Puts a load on a server and prints the result. An interrupted run prints what it has measured so far.
 * @returns 1 when something was lost, out of order, refused or not answered, or a connection was lost; else 0
 */
export async function bench(options: BenchOptions, terminal: Terminal): Promise<number> {
  const plan = { ...planOf(options), token: tokenSource(options.tokenFile, terminal)?.() };
  checkOpenFiles(plan);
  // A client knows why a connection fails, and what to do; the sockets of a load know little more than that it did.
  const scout = await connect({ url: plan.url, ca: options.ca, tokenFile: options.tokenFile }, terminal);
  await scout.close({ timeoutMs: 0 });
  const run = new BenchRun(plan, terminal);
  try {
    await run.connect();
    await run.warmUp();
    const result = await run.measure();
    const lines = options.json ? [JSON.stringify(result)] : tableOf(result);
    for (const line of lines) await writeData(terminal, line);
    for (const note of notesOf(result)) say(terminal, `zerospan: ${note}`);
    return exitCodeOfBench(result);
  } finally {
    run.close();
  }
}
