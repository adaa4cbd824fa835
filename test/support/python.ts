import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { endsWithUs, OWN_GROUP } from './children.ts';

/**
 * The first `python3` on the path that has zmq; Debian's package belongs to Debian's own, which need not be the first.
 */
export function findPython(): string | undefined {
  let candidates: string[];
  try {
    candidates = execFileSync('which', ['-a', 'python3'], { encoding: 'utf8' }).trim().split('\n');
  } catch {
    return undefined;
  }
  return candidates.find((python) => spawnSync(python, ['-c', 'import zmq']).status === 0);
}

/** A Python program: lines in, lines out. What it says on stderr goes into the test's own output. */
export class PythonProgram {
  readonly lines: string[] = [];
  readonly child: ChildProcess;
  /** Its exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>;

  constructor(
    python: string,
    file: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ) {
    // Unbuffered, or lines in a pipe come in blocks.
    const child = endsWithUs(
      spawn(python, ['-u', file, ...args], {
        ...OWN_GROUP,
        stdio: ['pipe', 'pipe', 'inherit'],
        env: { ...process.env, ...env },
      }),
    );
    this.child = child;
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    createInterface(child.stdout).on('line', (line) => this.lines.push(line));
  }

  say(line: string): void {
    this.child.stdin?.write(`${line}\n`);
  }

  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.child.kill(signal);
    await this.ended;
  }
}
