import { fileURLToPath } from 'node:url';
import { Bus, type Publication } from '@zerospan/client';
import { afterEach, describe, expect, it } from 'vitest';
import type { RunningServer } from '../../server/src/compose.ts';
import { Kept } from '../support/buses.ts';
import { findPython, PythonProgram } from '../support/python.ts';
import { available } from '../support/required.ts';
import { anyServer } from '../support/terminal.ts';
import { until } from '../support/until.ts';
import { freePort } from '../support/zeromq.ts';

const python = findPython();
const hasPython = available('a python3 that can import zmq', python);
if (!hasPython)
  console.warn(
    'SKIPPED: every test with Python peers, because no python3 on the path can import zmq (Debian: python3-zmq)',
  );

const opened: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
});

function program(path: string, args: string[], env?: Record<string, string>): PythonProgram {
  const each = new PythonProgram(python as string, fileURLToPath(new URL(path, import.meta.url)), args, env);
  opened.push(() => each.stop());
  return each;
}

async function start(
  env: Record<string, string> = {},
): Promise<{ server: RunningServer; bus: Bus; heard: Publication[] }> {
  const server = await anyServer(env);
  opened.push(() => server.stop());
  const bus = new Bus(server.ws);
  opened.push(() => bus.close({ timeoutMs: 0 }));
  const heard: Publication[] = [];
  const all = bus.subscribe('');
  all.on('publication', (publication) => {
    if (publication.channel !== 'probe') heard.push(publication);
  });
  await all.ready;
  return { server, bus, heard };
}

/** The original's Publisher, with a server that connects to it. */
async function withOriginalPublisher() {
  const address = `tcp://127.0.0.1:${await freePort()}`;
  const publisher = program('publisher.py', [address]);
  await until('the publisher', () => publisher.lines.length === 1);
  publisher.lines.length = 0;
  const started = await start({ ZEROSPAN_BUS_SOURCES: address });
  // What it sends before the server has subscribed is lost, as with every PUB.
  const probe = started.bus.subscribe('probe');
  await until('the way to the server', () => {
    publisher.say(`('probe', 0)`);
    return probe.get() !== undefined;
  });
  return { ...started, publisher };
}

/** The original's Subscriber, subscribed at the server. */
async function originalSubscriber(bus: Bus, { busAddress }: RunningServer, ...prefixes: string[]) {
  const before = await native(bus, prefixes[0] as string);
  const subscriber = program('subscriber.py', [busAddress, ...prefixes]);
  await until('the subscriber', async () => (await native(bus, prefixes[0] as string)) > before);
  return { subscriber, lines: () => subscriber.lines.filter((line) => !line.includes("'probe'")) };
}

/** How many native subscriptions let a channel that begins so through. Puts a message to learn it. */
async function native(bus: Bus, prefix: string): Promise<number> {
  const { channels } = await bus.put(`${prefix.trim()}x`, 'probe');
  return channels[0]?.nativeSubscriptions ?? 0;
}

/** Python literals, and what they are as JSON text in the way Python writes it. */
const messages: [name: string, literal: string, text: string][] = [
  ['text that is not ASCII, which Python escapes', `'Grüße 😀'`, '"Gr\\u00fc\\u00dfe \\ud83d\\ude00"'],
  ['an integer of 20 digits', '12345678901234567890', '12345678901234567890'],
  ['an integer of 60 digits', `${'9'.repeat(60)}`, '9'.repeat(60)],
  [
    'a nested value',
    `{'a': [1, {'b': None, 'c': [True, False]}], 'd': {}}`,
    '{"a": [1, {"b": null, "c": [true, false]}], "d": {}}',
  ],
  ['a number with a point', '1.0', '1.0'],
  ['an empty text', `''`, '""'],
  ['nothing', 'None', 'null'],
  ['a text with spaces', `'a b  c'`, '"a b  c"'],
];

/** As the original names its channels: base64 of about 76 characters whose first 28 are the same for all rooms. */
const roomId = (n: number): string =>
  `Y2lzY29zcGFyazovL3VzL1JPT00v${Buffer.from(`room-${n}-`.padEnd(36, 'x')).toString('base64')}`;

describe.runIf(hasPython)("the original's Publisher", () => {
  it.each(messages)('brings %s to WebSocket clients, byte for byte', async (_, literal, text) => {
    const { publisher, heard } = await withOriginalPublisher();
    publisher.say(`('room1', ${literal})`);
    await until('the message', () => heard.length === 1);
    expect(publisher.lines.at(-1)).toBe(text);
    expect(heard[0]).toMatchObject({ channel: 'room1', text });
  });

  it('keeps its order over a thousand messages', async () => {
    const { publisher, heard } = await withOriginalPublisher();
    for (let i = 0; i < 1_000; i++) publisher.say(`('room${i % 3}', ${i})`);
    await until('all', () => heard.length === 1_000);
    expect(heard.map(({ message }) => message)).toEqual(Array.from({ length: 1_000 }, (_, i) => i));
  });

  it('may send a bare NaN: it is dropped and counted, and what follows arrives', async () => {
    const { publisher, heard, server } = await withOriginalPublisher();
    publisher.say(`('room1', {'a': nan})`);
    publisher.say(`('room1', 1)`);
    await until('the good one', () => heard.length === 1);
    expect(publisher.lines.at(-2)).toBe('{"a": NaN}');
    expect(heard[0]?.message).toBe(1);
    const metrics = await (await fetch(`${server.url}metrics`)).text();
    expect(metrics).toMatch(/dropped_total\{reason="bad-json"\} 1\n/);
  });

  it("reaches the original's Subscriber through the server", async () => {
    const { publisher, server, bus } = await withOriginalPublisher();
    const { lines } = await originalSubscriber(bus, server, roomId(1).slice(0, 28));
    publisher.say(`('${roomId(1)}', {'n': 12345678901234567890, 't': 'ü'})`);
    publisher.say(`('elsewhere', 1)`);
    publisher.say(`('${roomId(2)}', 2)`);
    await until('both', () => lines().some((line) => line.includes(', 2)')));
    expect(lines()).toEqual([
      `('${roomId(1)}', {'n': 12345678901234567890, 't': '\\xfc'})`,
      `('${roomId(2)}', 2)`,
    ]);
  });
});

describe.runIf(hasPython)('a publisher that numbers its messages', () => {
  it('is judged by its numbers: what it left out exactly, and nothing when it is killed and restarts', async () => {
    const { server, bus, heard } = await start();
    const kept = new Kept(bus.subscribe('room1'));
    const numbered = async (...lines: string[]) => {
      const publisher = program('numbered.py', [server.busIngress as string]);
      await until('the publisher', () => publisher.lines.includes('ready'));
      for (const line of lines) publisher.say(line);
      return publisher;
    };
    const first = await numbered(`('room1', 'a', 1)`, `('room1', 'b', 2)`, `('room1', 'c', 7)`);
    await until('the first three', () => heard.length === 3);
    await first.stop('SIGKILL');
    await numbered(`('room1', 'd', 1)`, `('room1', 'e', 2)`);
    await until('the others', () => heard.length === 5);
    expect(heard.map(({ message }) => message).join('')).toBe('abcde');
    expect(kept.gaps).toMatchObject([{ reason: 'upstream', missed: 4, filters: ['room1'] }]);
  });
});

describe.runIf(hasPython)("the original's Subscriber", () => {
  it('hears what WebSocket clients put, by prefix, every digit of it', async () => {
    const { server, bus } = await start();
    const { lines } = await originalSubscriber(bus, server, 'room1');
    await bus.publish().putText('room1', '{"n":12345678901234567890,"t":"Grüße 😀","deep":[[{"a":null}]]}');
    await bus.put('other', 'not asked for');
    await bus.put('room10', 'its prefix reaches this too');
    await until('both', () => lines().some((line) => line.includes('room10')));
    expect(lines()).toEqual([
      `('room1', {'n': 12345678901234567890, 't': 'Gr\\xfc\\xdfe \\U0001f600', 'deep': [[{'a': None}]]})`,
      `('room10', 'its prefix reaches this too')`,
    ]);
  });

  it('hears channels whose names are not ASCII', async () => {
    const { server, bus } = await start();
    const { lines } = await originalSubscriber(bus, server, 'räume/ü');
    await bus.put('räume/ü😀', 1);
    await until('the message', () => lines().some((line) => line.endsWith(', 1)')));
    expect(lines().at(-1)).toBe(`('r\\xe4ume/\\xfc\\U0001f600', 1)`);
  });

  it('is counted while it lives, and not when it was killed', async () => {
    const { server, bus } = await start();
    const one = await originalSubscriber(bus, server, 'room1');
    await originalSubscriber(bus, server, 'room1');
    expect(await native(bus, 'room1')).toBe(2);
    await one.subscriber.stop('SIGKILL');
    await until('one less', async () => (await native(bus, 'room1')) === 1);
  });
});

describe.runIf(hasPython)('the recipes in examples/python', () => {
  const recipe = (name: string, args: string[], env?: Record<string, string>) =>
    program(`../../examples/python/${name}`, args, env);

  it('pub_connect.py puts a message', async () => {
    const { server, heard } = await start();
    const publisher = recipe('pub_connect.py', ['room1', '{"text": "ü"}', server.busIngress as string]);
    await until('the message', () => heard.length === 1);
    expect(heard[0]).toMatchObject({ channel: 'room1', message: { text: 'ü' } });
    expect(await publisher.ended).toBe(0);
  });

  it('pub_bind.py is a source', async () => {
    const address = `tcp://127.0.0.1:${await freePort()}`;
    recipe('pub_bind.py', ['room1', address]);
    const { heard } = await start({ ZEROSPAN_BUS_SOURCES: address });
    await until('two messages', () => heard.length >= 2);
    const [first, second] = heard.map(({ message }) => (message as { count: number }).count);
    expect(second).toBe((first as number) + 1);
  });

  it('sub.py prints what is put', async () => {
    const { server, bus } = await start();
    const subscriber = recipe('sub.py', ['room1 '], { BUS_ADDRESS: server.busAddress });
    await until(
      'the subscriber',
      async () => (await bus.put('room1', { a: [1, 'ü'] })).channels[0]?.nativeSubscriptions === 1,
    );
    await bus.put('room10', 'not asked for');
    await bus.put('room1', 'end');
    await until('the end', () => subscriber.lines.includes('room1 end'));
    expect(new Set(subscriber.lines)).toEqual(new Set([`room1 {'a': [1, 'ü']}`, 'room1 end']));
  });
});
