import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findNatsServer, NatsServer } from '../../support/jetstream/nats-server.ts';
import { ascends, SharedSourceScene } from '../../support/jetstream/shared-source.ts';
import { available } from '../../support/required.ts';
import { until } from '../../support/until.ts';

const path = findNatsServer();

describe.runIf(available('nats-server', path))('two nodes with the same bus.sources', () => {
  let nats: NatsServer;

  beforeAll(async () => {
    nats = await NatsServer.start(path as string);
  });
  afterAll(() => nats.stop());

  it('have each publication once, and go on when the one that read is killed', async ({ annotate }) => {
    const scene = await SharedSourceScene.start(nats.address, 'killed');
    const [owner, other] = await scene.owner();
    void scene.run();
    await until('a hundred at both', () => scene.nodes.every(({ native }) => native().length >= 100));
    const sent = scene.sent;
    for (const { native, kept } of scene.nodes) {
      expect(native()).toEqual(native().map((_, i) => i + 1));
      expect(kept.gaps).toEqual([]);
    }
    await owner.node.stop('SIGKILL');
    const killedMs = performance.now();
    await until('publications by the other', () => (other.native().at(-1) ?? 0) > sent + 100);
    // That it takes at most five seconds, the contract of the leases says, on the clock of a test.
    await annotate(`read by the other after ${Math.round(performance.now() - killedMs)} ms`);
    await until('a report', () => other.kept.gaps.length > 0);
    scene.end();
    await until('the last one', () => other.native().at(-1) === scene.sent);
    await other.kept.got(scene.sent);
    expect(ascends(other.native())).toBe(true);
    expect(other.kept.messages).toEqual(other.native());
    expect(other.kept.gaps).toMatchObject([{ reason: 'upstream', channel: 'room', missed: null }]);
    expect(await other.node.metric('zerospan_zeromq_sources_lost_total')).toBe(0);
  });

  it('leave it to the other at once when the one that read stops', async () => {
    const scene = await SharedSourceScene.start(nats.address, 'stopped');
    const [owner, other] = await scene.owner();
    void scene.run();
    await until('ten at both', () => scene.nodes.every(({ native }) => native().length >= 10));
    await owner.node.stop('SIGTERM');
    const sent = scene.sent;
    await until('publications by the other', () => (other.native().at(-1) ?? 0) > sent);
    scene.end();
    await until('the last one', () => other.native().at(-1) === scene.sent);
    expect(ascends(other.native())).toBe(true);
    await until('a report', () => other.kept.gaps.length > 0);
  });
});
