import { appendFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Bus } from '@zerospan/client';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { RunningServer } from '../../server/src/compose.ts';
import { fileWith, type MadeKey, makeKey, testFolder } from '../support/keys.ts';
import { findPython, PythonProgram } from '../support/python.ts';
import { available } from '../support/required.ts';
import { testServer } from '../support/server.ts';
import { until } from '../support/until.ts';

const python = findPython();
const hasPython = available('a python3 that can import zmq', python);
const CURVE_PY = fileURLToPath(new URL('curve.py', import.meta.url));

function program(...args: string[]): PythonProgram {
  const each = new PythonProgram(python as string, CURVE_PY, args);
  onTestFinished(() => each.stop());
  return each;
}

async function scene() {
  const folder = testFolder();
  const [own, listed, other] = (await Promise.all(
    ['server.key', 'listed.key', 'other.key'].map((name) => makeKey(folder, name)),
  )) as [MadeKey, MadeKey, MadeKey];
  const list = fileWith(folder, 'clients', `# who may come in\n${listed.publicKey} listed\n`);
  const server = await testServer({ bus: { curveKey: own.file, curveClients: list } });
  const bus = new Bus(server.ws);
  onTestFinished(() => bus.close({ timeoutMs: 0 }));
  const heard: string[] = [];
  const all = bus.subscribe('');
  all.on('publication', ({ channel, text }) => heard.push(`${channel} ${text}`));
  await all.ready;
  return { server, bus, heard, list, own, listed, other, client: clientOf(server) };
}

const clientOf =
  ({ busAddress, busIngress }: RunningServer) =>
  (...key: string[]): PythonProgram =>
    program(busAddress, busIngress as string, ...key);

async function refused({ url }: RunningServer, reason: string): Promise<number> {
  const metrics = await (await fetch(`${url}metrics`)).text();
  return Number(new RegExp(`zeromq_refused_total\\{reason="${reason}"\\} (\\d+)`).exec(metrics)?.[1]);
}

/** Talks both ways, again and again until it is heard: what a PUB sends before it is connected is lost. */
async function talks(
  client: PythonProgram,
  { bus, heard }: Pick<Awaited<ReturnType<typeof scene>>, 'bus' | 'heard'>,
  name: string,
) {
  await until(`${name} to be heard and to hear`, async () => {
    client.say(`from-${name} 1`);
    await bus.put(`to-${name}`, 1);
    return heard.includes(`from-${name} 1`) && client.lines.includes(`to-${name} 1`);
  });
}

describe.runIf(hasPython)('a ZeroMQ program of Python, where the server asks for a key of CURVE', () => {
  it('talks both ways with a listed key', async () => {
    const at = await scene();
    await talks(at.client(at.own.publicKey, at.listed.file), at, 'listed');
    expect(await refused(at.server, 'unlisted')).toBe(0);
  });

  it.each([
    [
      'an unlisted key',
      'unlisted',
      (at: Awaited<ReturnType<typeof scene>>) => [at.own.publicKey, at.other.file],
    ],
    ['no key', 'handshake', () => ['none']],
    ['a listed key, and another server in mind', 'handshake', (at) => [at.other.publicKey, at.listed.file]],
  ])('hears nothing and is not heard with %s, and is counted', async (_, reason, keyOf) => {
    const at = await scene();
    const stranger = at.client(...keyOf(at));
    await until('both its sockets to be refused', async () => {
      stranger.say('from-stranger 1');
      return (await refused(at.server, reason)) >= 2;
    });
    // A friend's way there and back takes longer than any message of the stranger's would.
    await talks(at.client(at.own.publicKey, at.listed.file), at, 'listed');
    expect(stranger.lines).toEqual(['ready']);
    expect(at.heard.filter((each) => each.startsWith('from-stranger'))).toEqual([]);
  });

  it('is admitted as soon as its key is put on the list', async () => {
    const at = await scene();
    appendFileSync(at.list, `${at.other.publicKey}\n`);
    await talks(at.client(at.own.publicKey, at.other.file), at, 'other');
  });
});

describe.runIf(hasPython)('a source with CURVE', () => {
  it('is another server, which admits the key of the one that connects, and no other', async () => {
    const far = await scene();
    const folder = testFolder();
    const near = await makeKey(folder, 'near.key');
    const sourced = (key: string) =>
      testServer({
        bus: {
          curveKey: near.file,
          curveClients: fileWith(folder, 'clients', ''),
          sources: [far.server.busAddress],
          sourceKeys: [key],
        },
      });
    await sourced(far.own.publicKey);
    await until('it to be refused', async () => (await refused(far.server, 'unlisted')) > 0);
    appendFileSync(far.list, `${near.publicKey}\n`);
    const bus = new Bus((await sourced(far.own.publicKey)).ws);
    onTestFinished(() => bus.close({ timeoutMs: 0 }));
    const there = bus.subscribe('over');
    await there.ready;
    await until('a publication to come over', async () => {
      await far.bus.put('over', 1);
      return there.get();
    });
  });
});
