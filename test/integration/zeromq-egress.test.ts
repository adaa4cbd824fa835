import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@zerospan/shared';
import { afterEach, describe, expect, it } from 'vitest';
import { Context, XSubscriber } from 'zeromq';
import { LoopGuard } from '../../server/src/zeromq/bridge/loop-guard.ts';
import { Egress, type EgressOptions } from '../../server/src/zeromq/egress/egress.ts';
import { endsWithUs, OWN_GROUP } from '../support/children.ts';
import { until } from '../support/until.ts';
import { entryOf, Lines, TestSubscriber, WITHOUT_CURVE } from '../support/zeromq.ts';

const opened: (() => unknown)[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((close) => close()));
});

async function egress(options: Partial<EgressOptions> = {}) {
  const log = new Lines();
  const guard = new LoopGuard({ clock: systemClock });
  const out = Egress.open({
    context: new Context({ blocky: false }),
    address: 'tcp://127.0.0.1:*',
    framing: 'single',
    highWaterMark: 10_000,
    waitingBytes: 1 << 30,
    topicBytes: 1 << 20,
    largestBytes: 65_536,
    guard,
    curve: WITHOUT_CURVE,
    logger: log,
    clock: systemClock,
    ...options,
  });
  opened.push(
    () => guard.close(),
    () => out.close(0),
  );
  return { out, log };
}

function subscriber(
  address: string,
  topics?: string[],
  options?: { receiveHighWaterMark?: number },
): TestSubscriber {
  const each = new TestSubscriber(address, topics, options);
  opened.push(() => each.socket.close());
  return each;
}

describe('the egress', () => {
  it('sends one frame "channel SP payload", the payload byte for byte', async () => {
    const { out } = await egress();
    const to = subscriber(out.address).start();
    await until('the subscriber', () => out.nativeSubscriptions('x') === 1);
    out.send(entryOf('raum-ü', '{"n": 12345678901234567890}'));
    out.send(entryOf('a', `"${'x'.repeat(1_000)}"`));
    await until('both', () => to.received.length === 2);
    expect(to.received).toEqual(['raum-ü {"n": 12345678901234567890}', `a "${'x'.repeat(1_000)}"`]);
  });

  it('sends two parts if it is so set', async () => {
    const { out } = await egress({ framing: 'two-parts' });
    const to = subscriber(out.address).start();
    await until('the subscriber', () => out.nativeSubscriptions('x') === 1);
    out.send(entryOf('room1', '"a b"'));
    await until('the message', () => to.received.length === 1);
    expect(to.received).toEqual(['room1|"a b"']);
  });

  it('ignores what is not to be republished', async () => {
    const { out } = await egress();
    const to = subscriber(out.address).start();
    await until('the subscriber', () => out.nativeSubscriptions('x') === 1);
    out.send(entryOf('room1', '1', false));
    out.send(entryOf('room1', '2'));
    await until('the second', () => to.received.length === 1);
    expect(to.received).toEqual(['room1 2']);
    expect(out.sent).toBe(1);
  });

  it('hands nothing to ZeroMQ while nobody has subscribed, and everything from the first subscription on', async () => {
    const { out } = await egress();
    for (let i = 0; i < 100; i++) out.send(entryOf('room1', `"early ${i}"`));
    expect(out.sent).toBe(0);
    const to = subscriber(out.address, ['room1 ']).start();
    await until('the subscriber', () => out.nativeSubscriptions('room1') === 1);
    expect(to.received).toEqual([]);
    // Whatever its channel: what somebody wants is for ZeroMQ to say.
    out.send(entryOf('other', '0'));
    for (const text of ['1', '2', '3']) out.send(entryOf('room1', text));
    expect(out.sent).toBe(4);
    await until('all', () => to.received.length === 3);
    expect(to.received).toEqual(['room1 1', 'room1 2', 'room1 3']);
    expect(out.failed).toBe(0);
  });

  it('hands everything to ZeroMQ for a peer whose topic is too long to be counted', async () => {
    const { out } = await egress();
    const text = `"${'x'.repeat(300)}"`;
    const to = subscriber(out.address, [`room1 ${text}`]).start();
    await until('the subscriber', () => out.topics.wereHeld);
    expect(out.nativeSubscriptions('room1')).toBe(0);
    out.send(entryOf('room1', text));
    await until('the message', () => to.received.length === 1);
    expect(out.sent).toBe(1);
  });

  it('counts the subscriptions of each peer, also when three have the same and some leave', async () => {
    const { out } = await egress();
    const peers = [1, 2, 3].map(() => subscriber(out.address, ['room1 ', 'vote.']));
    subscriber(out.address, ['']);
    await until('four', () => out.nativeSubscriptions('room1') === 4);
    expect(out.nativeSubscriptions('vote.x')).toBe(4);
    expect(out.nativeSubscriptions('room10')).toBe(1);
    peers[0]?.socket.unsubscribe('room1 ');
    await until('three', () => out.nativeSubscriptions('room1') === 3);
    peers[1]?.socket.close();
    await until('two', () => out.nativeSubscriptions('room1') === 2);
    expect(out.nativeSubscriptions('vote.x')).toBe(3);
    await until('three peers', () => out.peers.connected === 3);
  });

  it('takes 5,000 publications in one turn without one failing, and reads subscriptions meanwhile', async () => {
    const { out } = await egress();
    const to = subscriber(out.address, [''], { receiveHighWaterMark: 0 }).start();
    await until('the subscriber', () => out.nativeSubscriptions('x') === 1);
    const late = subscriber(out.address, ['late']);
    for (let i = 0; i < 5_000; i++) out.send(entryOf('room1', String(i)));
    await until('all', () => to.received.length === 5_000);
    expect(to.received.at(-1)).toBe('room1 4999');
    await until('the late one', () => out.nativeSubscriptions('late') === 2);
    late.socket.close();
    await until('its end', () => out.nativeSubscriptions('late') === 1);
    expect(out).toMatchObject({ sent: 5_000, failed: 0 });
  });

  it('keeps as many messages for a peer that does not read as its high-water mark says, and drops only beyond it', async () => {
    const count = 20_000;
    const { out: roomy } = await egress({ highWaterMark: count });
    const { out: tight } = await egress({ highWaterMark: 100 });
    const slow = [roomy, tight].map((out) => subscriber(out.address, [''], { receiveHighWaterMark: 1 }));
    await until('both', () => roomy.nativeSubscriptions('x') === 1 && tight.nativeSubscriptions('x') === 1);
    for (let i = 0; i < count; i++)
      for (const out of [roomy, tight]) out.send(entryOf('room1', `"${String(i).padEnd(1_000)}"`));
    for (const each of slow) each.start();
    await until('all of the roomy one', () => slow[0]?.received.length === count);
    expect(slow[1]?.received.length).toBeLessThan(count);
    expect(roomy.highWaterMark).toBe(count);
  });

  it('ignores messages of XSUB peers that are no subscriptions', async () => {
    const { out, log } = await egress();
    const odd = new XSubscriber({ linger: 0 });
    opened.push(() => odd.close());
    odd.connect(out.address);
    await odd.send('hello');
    await odd.send(Buffer.from('\x01room1'));
    await until('its subscription', () => out.nativeSubscriptions('room1') === 1);
    expect(out.topics.size).toBe(1);
    expect(log.lines).toEqual([]);
  });

  it('announces its bridge at once to a peer that listens for bridges', async () => {
    const { out } = await egress();
    const to = subscriber(out.address, ['$zerospan.bridge', '']).start();
    await until('the announcement', () => to.received.length === 1);
    expect(to.received[0]).toMatch(/^\$zerospan\.bridge \{"nonce":"[-\w]{36}","n":1\}$/);
  });

  it('closes cleanly while it is read, twice too, and sends nothing afterwards', async () => {
    const { out, log } = await egress();
    await Promise.all([out.close(0), out.close(0)]);
    out.send(entryOf('room1', '1'));
    expect(out.sent).toBe(0);
    expect(log.lines).toEqual([]);
  });

  it('still delivers within its linger what was sent just before closing', async () => {
    const { out } = await egress();
    const to = subscriber(out.address, [''], { receiveHighWaterMark: 0 }).start();
    await until('the subscriber', () => out.nativeSubscriptions('x') === 1);
    for (let i = 0; i < 5_000; i++) out.send(entryOf('room1', `"${String(i).padEnd(200)}"`));
    await out.close(500);
    await until('all', () => to.received.length === 5_000);
  });

  it('does not keep the process alive for a subscriber that is frozen', async () => {
    const child = endsWithUs(
      spawn(
        process.execPath,
        [
          '--conditions=zerospan-source',
          '--import',
          'tsx',
          fileURLToPath(new URL('../support/frozen-peer.ts', import.meta.url)),
        ],
        { ...OWN_GROUP, stdio: ['ignore', 'pipe', 'inherit'] },
      ),
    );
    opened.push(() => child.kill('SIGKILL'));
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const next = async () => (await lines.next()).value as string;
    const ended = once(child, 'exit');
    // Connected, subscribed, and never read.
    subscriber(await next(), [''], { receiveHighWaterMark: 1 });
    expect(await next()).toBe('closed');
    const closedMs = performance.now();
    expect(await ended).toEqual([0, null]);
    expect(performance.now() - closedMs).toBeLessThan(3_000);
  });
});
