import { describe, expect, it } from 'vitest';
import { processNotes } from '../../../server/src/compose/process/host-process.ts';
import { runtimeFault } from '../../../server/src/compose/process/runtime.ts';

const events = (about: Partial<Parameters<typeof processNotes>[0]>) =>
  processNotes({ isWorker: false, isMainThread: true, env: {}, ...about }).map(({ event }) => event);

describe('the process of a bus', () => {
  it('is worth no word where it is the only one', () => {
    expect(events({})).toEqual([]);
    // The first instance of pm2 may be the only one.
    expect(events({ env: { NODE_APP_INSTANCE: '0' } })).toEqual([]);
  });

  it('is named where it is one of several, or a thread', () => {
    expect(events({ isWorker: true })).toEqual(['one-of-many']);
    expect(events({ env: { NODE_APP_INSTANCE: '1' } })).toEqual(['one-of-many']);
    expect(events({ isMainThread: false })).toEqual(['worker-thread']);
  });
});

describe('the runtime', () => {
  it.each([{ node: '20.19.0' }, { node: '22.12.0' }, { node: '26.3.0' }])('may be Node %j', (versions) => {
    expect(runtimeFault(versions)).toBeUndefined();
  });

  it.each([
    [{ node: '26.3.0', bun: '1.4.5' }, 'runtime Bun 1.4.5: '],
    [{ node: '26.3.0', deno: '2.9.6' }, 'runtime Deno 2.9.6: '],
    [{ node: '20.18.1' }, 'runtime Node.js 20.18.1: it is too old'],
    [{ node: '18.20.0' }, 'runtime Node.js 18.20.0: it is too old'],
  ])('may not be %j', (versions, words) => {
    const fault = runtimeFault(versions);
    expect(fault?.message).toContain(words);
    expect(fault).toMatchObject({ exitCode: 2, remedy: 'Run the server with Node.js 20.19 or later.' });
  });
});
