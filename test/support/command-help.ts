import { run } from '../../cli/src/program.ts';
import type { Terminal } from '../../cli/src/terminal/terminal.ts';

/** The help of a command of `zerospan`, such as `token create`. */
export async function helpOf(command: string): Promise<string> {
  let shown = '';
  const write = (text: string, done?: () => void): boolean => {
    shown += text;
    done?.();
    return true;
  };
  const stream = { write, once: () => undefined, off: () => undefined, on: () => undefined };
  const terminal = {
    stdout: stream,
    stderr: stream,
    env: {},
    interrupted: new AbortController().signal,
  } as unknown as Terminal;
  await run([...command.split(' '), '--help'], terminal);
  return shown;
}
