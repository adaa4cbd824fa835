import { systemClock } from '@zerospan/shared';
import { afterEach, describe, expect, it } from 'vitest';
import { Context } from 'zeromq';
import { Superseded } from '../../server/src/core/log/puts/superseded.ts';
import { LoopGuard } from '../../server/src/zeromq/bridge/loop-guard.ts';
import { Origins } from '../../server/src/zeromq/bridge/origins.ts';
import { Ingress } from '../../server/src/zeromq/ingress/ingress.ts';
import type { Claim } from '../../server/src/zeromq/ingress/source-leases.ts';
import type { Asked, Intake } from '../../server/src/zeromq/ports.ts';
import { StartError } from '../../server/src/zeromq/sockets/start-error.ts';
import { FakeLeaseServer, type FakeLeases } from '../support/cluster/fake-leases.ts';
import { until } from '../support/until.ts';
import { Lines, TestPublisher, WITHOUT_CURVE } from '../support/zeromq.ts';

const opened: { close(): unknown }[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

/** What nodes append, each for all to see: what comes under an older claim is left out. */
class SharedLog {
  readonly story: string[] = [];
  #fence = 0;
  #carried = new Set<string>();
  readonly claims = {
    claim: (): Promise<Claim> => {
      this.story.push('claimed');
      return Promise.resolve({ fence: ++this.#fence, carried: [...this.#carried] });
    },
  };
  readonly intake: Intake = {
    take: (channel: string, payload: Uint8Array, _: boolean, __: string | undefined, asked: Asked, fence) => {
      const isOld = fence !== this.#fence;
      if (!isOld) this.#carried.add(channel);
      this.story.push(`${isOld ? 'left out ' : ''}${channel} ${Buffer.from(payload).toString()}`);
      queueMicrotask(() =>
        asked.answered(payload.byteLength, isOld ? new Superseded(fence ?? 0) : undefined),
      );
      return true;
    },
    lost: (channels, missed) => {
      this.story.push(`lost ${channels === 'every' ? channels : channels.join()} ${missed}`);
      return Promise.resolve();
    },
  };

  get texts(): string[] {
    return this.story.filter((each) => /^[a-z] /.test(each));
  }

  /** Another node has claimed it, whatever the leases say. */
  supersede(): void {
    this.#fence++;
  }
}

function reader(address: string, leases: FakeLeases, { intake, claims }: SharedLog) {
  const each = Ingress.open({
    context: new Context({ blocky: false }),
    role: 'connect',
    address,
    intake,
    guard: new LoopGuard({ clock: systemClock }),
    origins: new Origins('own'),
    waitingBytes: 1 << 30,
    curve: WITHOUT_CURVE,
    maxPayloadBytes: 1_024,
    depth: 8,
    highWaterMark: 10_000,
    republish: true,
    logger: new Lines(),
    clock: systemClock,
    sharing: { leases, claims, nameOf: (source) => source },
  });
  opened.push(each);
  return each;
}

async function scene() {
  const publisher = new TestPublisher();
  opened.push(publisher.socket);
  const address = await publisher.bind();
  const server = new FakeLeaseServer();
  const nodes = [server.node(), server.node()] as const;
  const log = new SharedLog();
  const [first, second] = [reader(address, nodes[0], log), reader(address, nodes[1], log)];
  await until('a reader', () => first.shared?.isRead);
  await publisher.subscribed();
  return { publisher, server, nodes, log, first, second };
}

describe('a source of two nodes', () => {
  it('is read by one of them, and by the other when that stops; what was lost between is reported', async () => {
    const { publisher, log, first, second } = await scene();
    await publisher.send('a 1', 'b 1');
    await until('both', () => log.texts.length === 2);
    expect([first.received, second.received, second.peers.connected]).toEqual([2, 0, 0]);
    await first.close();
    await until('the other', () => second.peers.connected === 1);
    await until('the report', () => log.story.includes('lost a,b null'));
    await until('a message', async () => {
      await publisher.send('a 2');
      return log.texts.includes('a 2');
    });
    expect(log.story.slice(0, 4)).toEqual(['claimed', 'a 1', 'b 1', 'claimed']);
    expect(second.losses.reported).toBe(2);
  });

  it('is not read by one whose lease has run out, from that moment on', async () => {
    const { publisher, server, nodes, log, first, second } = await scene();
    server.expire(nodes[0]);
    await publisher.send('a 1');
    await until('the other', () => second.peers.connected === 1);
    await until('a message', async () => {
      await publisher.send('a 2');
      return log.texts.includes('a 2');
    });
    expect(first.received).toBe(0);
    expect(log.story.filter((each) => each.startsWith('left out'))).toEqual([]);
    expect(log.texts).not.toContain('a 1');
    expect([first.shared?.lost, second.shared?.isRead]).toEqual([1, true]);
  });

  it('is left by one whose messages the log leaves out, and read on by the next one', async () => {
    const { publisher, log, first, second } = await scene();
    await publisher.send('a 1');
    await until('the first', () => log.texts.length === 1);
    log.supersede();
    await publisher.send('a 2');
    await until('the other', () => second.peers.connected === 1);
    expect(log.story).toContain('left out a 2');
    expect([first.failed, first.shared?.isRead]).toEqual([1, false]);
    await until('a message', async () => {
      await publisher.send('a 3');
      return log.texts.includes('a 3');
    });
  });

  it('of which nobody can say where it is, is refused at the start by both', () => {
    const server = new FakeLeaseServer();
    expect(() => reader('tcp://nowhere', server.node(), new SharedLog())).toThrow(StartError);
  });
});
