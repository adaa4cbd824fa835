import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findNatsServer, NatsServer } from '../support/jetstream/nats-server.ts';
import { NodeProcess } from '../support/jetstream/node-process.ts';
import { ascends, SharedSourceScene } from '../support/jetstream/shared-source.ts';
import { available } from '../support/required.ts';
import { until } from '../support/until.ts';

const path = findNatsServer();

/** How long the node that reads stands still. */
const STILL_MS = 10_000;

/** Most ms that servers which elect their leaders may take on a busy machine. */
const ELECTIONS_MS = 180_000;

describe.runIf(available('nats-server', path))('two nodes with the same bus.sources', () => {
  let nats: NatsServer;

  beforeAll(async () => {
    nats = await NatsServer.start(path as string);
  });
  afterAll(() => nats.stop());

  it('have each publication once, also when the one that read stands still and wakes', async () => {
    const scene = await SharedSourceScene.start(nats.address, 'still');
    const [owner, other] = await scene.owner();
    void scene.run();
    await until('a hundred at both', () => scene.nodes.every(({ native }) => native().length >= 100));
    // Again and again: what it finds when it wakes differs.
    for (let round = 0; round < 3; round++) {
      const [still, awake] = round % 2 === 0 ? [owner, other] : [other, owner];
      const sent = scene.sent;
      still.node.signal('SIGSTOP');
      const stoppedMs = performance.now();
      await until('publications by the other', () => (awake.native().at(-1) ?? 0) > sent + 100);
      await until('ten seconds', () => performance.now() - stoppedMs > STILL_MS);
      still.node.signal('SIGCONT');
      const woken = scene.sent;
      await until('both to have gone on', () =>
        scene.nodes.every(({ native }) => (native().at(-1) ?? 0) > woken + 500),
      );
      for (const { native } of scene.nodes) expect(ascends(native())).toBe(true);
      expect(await still.node.metric('zerospan_zeromq_sources')).toBe(0);
      expect(await awake.node.metric('zerospan_zeromq_sources')).toBe(1);
    }
    scene.end();
    for (const { native, kept } of scene.nodes) {
      await until('the last one', () => native().at(-1) === scene.sent, 180_000);
      await kept.got(scene.sent);
      expect(ascends(native())).toBe(true);
      expect(ascends(kept.messages)).toBe(true);
      expect(kept.gaps.length).toBeGreaterThanOrEqual(3);
    }
    expect(owner.native()).toEqual(other.native());
  });

  it('have each publication once, also when the NATS server stands still, and is killed and starts again', async () => {
    const scene = await SharedSourceScene.start(nats.address, 'server');
    const [owner, other] = await scene.owner();
    void scene.run();
    await until('a hundred at both', () => scene.nodes.every(({ native }) => native().length >= 100));
    const goneOn = async (): Promise<void> => {
      const { sent } = scene;
      await until('both to go on', () =>
        scene.nodes.every(({ native }) => (native().at(-1) ?? 0) > sent + 100),
      );
      for (const { native } of scene.nodes) expect(ascends(native())).toBe(true);
    };
    nats.signal('SIGSTOP');
    const isRead = async (): Promise<boolean> => {
      const read = await Promise.all(scene.nodes.map(({ node }) => node.metric('zerospan_zeromq_sources')));
      return read.some((each) => each > 0);
    };
    await until('nobody to read', async () => !(await isRead()));
    nats.signal('SIGCONT');
    await goneOn();
    await nats.kill();
    await until('nobody to read', async () => !(await isRead()));
    await nats.again();
    await goneOn();
    scene.end();
    for (const { native, kept } of scene.nodes) {
      await until('the last one', () => native().at(-1) === scene.sent, 180_000);
      await kept.got(scene.sent);
      expect(ascends(kept.messages)).toBe(true);
      expect(kept.gaps.length).toBeGreaterThanOrEqual(2);
    }
    expect(owner.native()).toEqual(other.native());
    // Nobody answers: it does not hold up its stop for long.
    await nats.kill();
    await Promise.all(scene.nodes.map(({ node }) => node.stop('SIGTERM')));
    await nats.again();
  });
});

describe.runIf(available('nats-server', path))('two nodes with the same bus.sources on three servers', () => {
  let servers: NatsServer[] = [];

  afterAll(() => Promise.all(servers.map((server) => server.stop())));

  it('have each publication once, whichever server is killed', async () => {
    servers = await NatsServer.cluster(path as string, 3);
    const [first = '', ...others] = servers.map(({ address }) => address);
    const flags = others.flatMap((address) => ['--nats', address]);
    flags.push('--nats-replicas', '3');
    // Servers that have just started elect their leaders, and a node that is started meanwhile refuses.
    const starts = async (): Promise<boolean> => {
      const node = await NodeProcess.start(first, 'three', flags).catch(() => undefined);
      await node?.stop();
      return node !== undefined;
    };
    await until('a log', starts, ELECTIONS_MS);
    const scene = await SharedSourceScene.start(first, 'three', flags);
    void scene.run();
    await until(
      'a hundred at both',
      () => scene.nodes.every(({ native }) => native().length >= 100),
      ELECTIONS_MS,
    );
    for (const server of servers) {
      await server.kill();
      const { sent } = scene;
      await until(
        'both to go on',
        () => scene.nodes.every(({ native }) => (native().at(-1) ?? 0) > sent + 100),
        ELECTIONS_MS,
      );
      await server.again();
      for (const { native } of scene.nodes) expect(ascends(native())).toBe(true);
    }
    scene.end();
    for (const { native, kept } of scene.nodes) {
      await until('the last one', () => native().at(-1) === scene.sent, 180_000);
      await kept.got(scene.sent);
      expect(ascends(kept.messages)).toBe(true);
    }
    expect(scene.nodes[0]?.native()).toEqual(scene.nodes[1]?.native());
  });
});
