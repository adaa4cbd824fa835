import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { endsWithUs, OWN_GROUP } from '../support/children.ts';

const server = fileURLToPath(new URL('../support/thread-server.ts', import.meta.url));

/** Runs a bus in a thread of a process of its own, because the end of the one may be that of the other. */
async function endOf(how: 'exit' | 'close'): Promise<{ code: number | null; out: string; talk: string }> {
  // tsx does not reach into threads by itself.
  const thread = `import('tsx/esm/api').then(({ register }) => { register(); return import('${server}'); })`;
  const script = `
    import { Worker } from 'node:worker_threads';
    const worker = new Worker(${JSON.stringify(thread)}, { eval: true, workerData: '${how}' });
    worker.on('message', (ready) => { console.log(JSON.stringify(ready)); worker.postMessage('end'); });
    worker.on('exit', (code) => console.log('thread', code));`;
  const flags = ['--conditions=zerospan-source', '--input-type=module', '-e', script];
  const child = endsWithUs(spawn(process.execPath, flags, OWN_GROUP));
  let out = '';
  let talk = '';
  child.stdout.on('data', (data) => (out += String(data)));
  child.stderr.on('data', (data) => (talk += String(data)));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, talk };
}

it.each(['exit', 'close'] as const)(
  'a bus in a worker thread says so, and leaves the process alive when the thread ends by %s',
  async (how) => {
    const { code, out, talk } = await endOf(how);
    expect([code, talk]).toEqual([0, expect.stringContaining('"event":"worker-thread"')]);
    const [ready = '', thread] = out.split('\n');
    expect((JSON.parse(ready) as { notes: string[] }).notes).toEqual([
      expect.stringContaining('worker thread'),
    ]);
    expect(thread).toBe('thread 0');
  },
);
