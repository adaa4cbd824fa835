import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { isRunning } from '../support/children.ts';
import { until } from '../support/until.ts';

const parent = fileURLToPath(new URL('../support/parent-process.ts', import.meta.url));

// Benchmarks, faults and attacks start dozens of processes: one that is left over keeps a port, a core, or gigabytes.
describe('processes that were started end with the one that started them', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL', 'throw', 'exit', 'stopped'])(
    'when that ends by %s',
    async (how) => {
      const starter = spawn(process.execPath, ['--import', 'tsx', parent, how], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const ended = once(starter, 'exit');
      const [line] = (await once(createInterface({ input: starter.stdout }), 'line')) as [string];
      const pids = line.split(' ').map(Number);
      expect(pids).toHaveLength(2);
      if (how.startsWith('SIG')) starter.kill(how as NodeJS.Signals);
      if (how === 'stopped') starter.kill('SIGKILL');
      await ended;
      await until('the end of both', () => !pids.some(isRunning));
    },
  );
});
