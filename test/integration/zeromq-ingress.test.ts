import { connect, type Socket } from 'node:net';
import { systemClock, ZerospanError } from '@zerospan/shared';
import { afterEach, describe, expect, it } from 'vitest';
import { Context, Subscriber } from 'zeromq';
import { LoopGuard } from '../../server/src/zeromq/bridge/loop-guard.ts';
import { Origins } from '../../server/src/zeromq/bridge/origins.ts';
import type { DropReason } from '../../server/src/zeromq/framing.ts';
import { IN_FLIGHT_MAX } from '../../server/src/zeromq/ingress/in-flight.ts';
import { Ingress, type IngressOptions } from '../../server/src/zeromq/ingress/ingress.ts';
import { socketOptions } from '../../server/src/zeromq/sockets/options.ts';
import { until } from '../support/until.ts';
import { freePort, Lines, Taken, TestPublisher, takes, WITHOUT_CURVE } from '../support/zeromq.ts';

const maxPayloadBytes = 1_024;
const opened: { close(): unknown }[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

function publisher(options?: { sendHighWaterMark?: number }): TestPublisher {
  const each = new TestPublisher(options);
  opened.push(each.socket);
  return each;
}

async function ingress(options: Partial<IngressOptions> = {}) {
  const taken = new Taken();
  const log = new Lines();
  const each = Ingress.open({
    context: new Context({ blocky: false }),
    role: 'bind',
    address: 'tcp://127.0.0.1:*',
    intake: taken,
    guard: new LoopGuard({ clock: systemClock }),
    origins: new Origins('own'),
    waitingBytes: 1 << 30,
    curve: WITHOUT_CURVE,
    maxPayloadBytes,
    depth: 8,
    highWaterMark: 10_000,
    republish: true,
    logger: log,
    clock: systemClock,
    ...options,
  });
  opened.push(each);
  return { ingress: each, taken, log };
}

describe('a bound ingress', () => {
  it('reports its real port, and is read from the moment it is open', async () => {
    const { ingress: into, taken } = await ingress();
    expect(into.address).toMatch(/^tcp:\/\/127\.0\.0\.1:[1-9]\d+$/);
    // A SUB that binds subscribes at its peers only while it is read: without its loop this would wait for ever.
    const from = await publisher().connect(into.address);
    await from.send('room1 {"a": 1}');
    await until('the message', () => taken.texts.length === 1);
    expect(taken.taken).toEqual([{ channel: 'room1', text: '{"a": 1}', republish: true }]);
  });

  it('counts what would be one channel too many for the log as dropped, with a reason of its own (W15)', async () => {
    const intake = {
      take: takes((channel) =>
        channel === 'known' ? Promise.resolve() : Promise.reject(new ZerospanError('too-many-names')),
      ),
      lost: () => Promise.resolve(),
    };
    const { ingress: into, log } = await ingress({ intake });
    const from = await publisher().connect(into.address);
    await from.send('new1 1', 'known 1', 'new2 1');
    await until('all three', () => into.received === 3);
    await until('two dropped', () => into.drops.counts['too-many-names'] === 2);
    expect(into.failed).toBe(0);
    expect(log.lines).toMatchObject([{ about: { reason: 'too-many-names' } }]);
  });

  it('takes all three framings, each payload byte for byte', async () => {
    const { ingress: into, taken } = await ingress();
    const from = await publisher().connect(into.address);
    const payload = '{"n": 12345678901234567890, "t":"gr\\u00fc\u00df dich"}';
    await from.send(`one ${payload}`, ['two', payload], ['three', payload, '17']);
    await until('all three', () => taken.texts.length === 3);
    expect(taken.texts).toEqual([`one ${payload}`, `two ${payload}`, `three ${payload}`]);
  });

  it.each<[DropReason, string | Buffer | (string | Buffer)[]]>([
    ['parts', ['a', '1', '1', '1']],
    ['no-space', 'nothing'],
    ['too-large', `a "${'x'.repeat(maxPayloadBytes)}"`],
    ['bad-utf8', Buffer.from('a "\xff"', 'latin1')],
    ['bad-channel', ' 1'],
    ['reserved', '$sys 1'],
    ['reserved', '$zerospan.bridge {"nonce":1}'],
    ['empty-payload', 'a '],
    ['bad-json', 'a {"a": NaN}'],
    ['bad-sequence', ['a', '1', 'first']],
  ])(
    'drops, counts and logs what is wrong with a message (%s), and takes the next one',
    async (reason, message) => {
      const { ingress: into, taken, log } = await ingress();
      const from = await publisher().connect(into.address);
      await from.send(message, 'room1 1');
      await until('the good message', () => taken.texts.length === 1);
      expect(taken.texts).toEqual(['room1 1']);
      expect(into.drops.counts[reason]).toBe(1);
      expect(into.received).toBe(2);
      expect(log.lines).toMatchObject([{ level: 'warn', about: { reason, address: into.address } }]);
    },
  );

  it('keeps the order of one publisher over many messages, without waiting for each', async () => {
    const { ingress: into, taken } = await ingress();
    const from = await publisher({ sendHighWaterMark: 0 }).connect(into.address);
    const messages = Array.from({ length: 20_000 }, (_, i) => `room1 ${i}`);
    await from.send(...messages);
    await until('all messages', () => taken.texts.length === messages.length);
    expect(taken.texts).toEqual(messages);
  });

  it(`has at most ${IN_FLIGHT_MAX} messages with the intake, and loses none of those that wait`, async () => {
    const answers: (() => void)[] = [];
    let calls = 0;
    const take = takes(() => {
      calls++;
      return new Promise<void>((resolve) => answers.push(resolve));
    });
    const { ingress: into } = await ingress({ intake: { take, lost: () => Promise.resolve() } });
    const from = await publisher({ sendHighWaterMark: 0 }).connect(into.address);
    await from.send(...Array.from({ length: 3 * IN_FLIGHT_MAX }, (_, i) => `room1 ${i}`));
    let answered = 0;
    while (answered < 3 * IN_FLIGHT_MAX) {
      await until('another call', () => answers.length > 0);
      expect(calls - answered).toBeLessThanOrEqual(IN_FLIGHT_MAX);
      // The bound is reached before the first answer, so that it is really the bound that is tested.
      if (answered === 0) await until('the bound', () => calls === IN_FLIGHT_MAX);
      answered += answers.length;
      for (const answer of answers.splice(0)) answer();
    }
    await until('all calls', () => calls === 3 * IN_FLIGHT_MAX);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['rejects', () => Promise.reject(new Error('full'))],
    [
      'throws',
      () => {
        throw new Error('full');
      },
    ],
  ])('counts what the intake %s, says so once, and goes on', async (_, fail) => {
    const taken = new Taken();
    let calls = 0;
    const take = takes((channel, payload, republish) => {
      if (calls++ < 3) return fail();
      taken.take(channel, payload, republish, undefined);
      return undefined;
    });
    const { ingress: into, log } = await ingress({ intake: { take, lost: () => Promise.resolve() } });
    const from = await publisher().connect(into.address);
    await from.send('a 1', 'a 2', 'a 3', 'a 4');
    await until('the fourth', () => taken.texts.length === 1);
    expect(into.failed).toBe(3);
    expect(log.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  it('closes only when the intake has answered', async () => {
    const answers: (() => void)[] = [];
    const { ingress: into } = await ingress({
      intake: {
        take: takes(() => new Promise<void>((resolve) => answers.push(resolve))),
        lost: () => Promise.resolve(),
      },
    });
    const from = await publisher().connect(into.address);
    await from.send('a 1', 'a 2');
    await until('both', () => answers.length === 2);
    const order: string[] = [];
    const closed = into.close().then(() => order.push('closed'));
    for (const answer of answers) {
      await new Promise(setImmediate);
      order.push('answered');
      answer();
    }
    await closed;
    expect(order).toEqual(['answered', 'answered', 'closed']);
  });

  it('closes cleanly while it waits for a message, twice too', async () => {
    const { ingress: into, log } = await ingress();
    await Promise.all([into.close(), into.close()]);
    expect(log.lines).toEqual([]);
  });

  it('counts its peers, and those that went', async () => {
    const { ingress: into } = await ingress();
    const [one] = await Promise.all([publisher().connect(into.address), publisher().connect(into.address)]);
    await until('two peers', () => into.peers.connected === 2);
    one.socket.close();
    await until('one peer', () => into.peers.connected === 1);
    expect(into.peers.disconnects).toBe(1);
  });

  it('does not count a stranger that speaks no ZeroMQ as a peer', async () => {
    const { ingress: into } = await ingress();
    await publisher().connect(into.address);
    const port = Number(into.address.split(':').at(-1));
    const stranger: Socket = connect(port, '127.0.0.1');
    stranger.on('error', () => undefined);
    stranger.write(`GET / HTTP/1.1\r\nHost: x\r\n${'\r\n'.repeat(40)}`);
    stranger.end();
    await until('the stranger', () => into.peers.strangers === 1);
    expect(into.peers).toMatchObject({ connected: 1, disconnects: 0 });
  });

  it('cuts off a peer that sends a message that is far too large; it reconnects by itself, and both are counted', async () => {
    const { ingress: into, taken } = await ingress();
    const from = await publisher().connect(into.address);
    await from.send('room1 1');
    await until('the first', () => taken.texts.length === 1);
    await from.send(Buffer.alloc(9 * maxPayloadBytes, 0x20));
    await until('the cut', () => into.peers.disconnects === 1);
    await until('the return', () => into.peers.connected === 1);
    await until('a message after it', async () => {
      await from.send('room1 2');
      return taken.texts.includes('room1 2');
    });
  });
});

describe('a source', () => {
  it('is connected to and read, with the republishing that was set', async () => {
    const from = publisher();
    const address = await from.bind();
    const { ingress: into, taken } = await ingress({ role: 'connect', address, republish: false });
    expect(into.address).toBe(address);
    await from.subscribed();
    await from.send('room1 1');
    await until('the message', () => taken.texts.length === 1);
    expect(taken.taken[0]?.republish).toBe(false);
  });

  it('may come later, and go and come again', async () => {
    const port = await freePort();
    const address = `tcp://127.0.0.1:${port}`;
    const { ingress: into, taken } = await ingress({ role: 'connect', address });
    for (const round of [1, 2]) {
      const from = publisher();
      await until('the port', () => from.bind(address).catch(() => undefined));
      await from.subscribed();
      await from.send(`room1 ${round}`);
      await until(`round ${round}`, () => taken.texts.length === round);
      from.socket.close();
      await until('the end of it', () => into.peers.disconnects === round);
    }
    expect(taken.texts).toEqual(['room1 1', 'room1 2']);
  });
});

/** The event loop stands still, as it does under load; the threads of ZeroMQ go on. */
function busy(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

describe('a source that comes back', () => {
  it('and sends in the very moment in which that is learnt is heard: nobody is asked for more while a receive waits (G6)', async () => {
    const address = `tcp://127.0.0.1:${await freePort()}`;
    let source = publisher();
    await source.bind(address);
    const lines = new Lines();
    const logger = {
      info: () => undefined,
      warn: (about: object, text: string) => {
        lines.warn(about, text);
        // Its subscription is there, and then its message: behind the news, and before the loop has looked for it.
        busy(50);
        void source.socket.send('room "back"');
        busy(50);
      },
      error: () => undefined,
    };
    const { ingress: into, taken } = await ingress({ role: 'connect', address, logger });
    await source.subscribed();
    await source.send('room 1');
    await until('a message', () => taken.texts.length === 1);
    source.socket.close();
    await until('its going', () => into.peers.disconnects === 1);
    source = publisher();
    await source.bind(address);
    await until('the message of that moment', () => taken.texts.includes('room "back"'));
    await until('its loss', () => taken.losses.length === 1);
    expect(lines.lines.map(({ text }) => text)).toEqual([expect.stringContaining('is connected again')]);
    await source.send('room 2');
    await until('the next one', () => taken.texts.includes('room 2'));
  });
});

describe('every socket', () => {
  it('has heartbeats, TCP keepalive, a bound on message size and no linger', () => {
    const settings = {
      context: new Context({ blocky: false }),
      address: 'tcp://127.0.0.1:1',
      maxMessageBytes: 524_288,
      security: {},
    };
    const { context, ...options } = socketOptions(settings);
    const socket = new Subscriber({ context, ...options });
    opened.push(socket);
    expect(socket).toMatchObject(options);
    expect(options).toMatchObject({
      heartbeatInterval: 5_000,
      heartbeatTimeout: 15_000,
      tcpKeepalive: 1,
      maxMessageSize: 524_288,
      linger: 0,
    });
  });
});
