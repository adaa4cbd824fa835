import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findNatsServer, NatsServer } from '../../support/jetstream/nats-server.ts';
import { RealNode as Node } from '../../support/jetstream/real-node.ts';
import { EVERYTHING } from '../../support/jetstream/stream-nodes.ts';
import { available } from '../../support/required.ts';
import { until } from '../../support/until.ts';

const path = findNatsServer();

async function storyOf({ store }: Node): Promise<string[]> {
  const { entries } = await store.scan(EVERYTHING);
  return entries.map(({ kind, payload }) => (kind === 'gap' ? 'gap' : Buffer.from(payload).toString()));
}

describe.runIf(available('nats-server', path))('a log on a real stream that lacks something', () => {
  let server: NatsServer;
  let nats: NatsConnection;
  const nodes: Node[] = [];
  const started = async (): Promise<Node> => {
    const node = await Node.open([server]);
    nodes.push(node);
    return node;
  };

  beforeAll(async () => {
    server = await NatsServer.start(path as string);
    nats = await connect({ servers: server.address });
  });
  afterEach(async () => {
    for (const node of nodes.splice(0)) await node.store.close();
    await (await jetstreamManager(nats)).streams.delete('log');
  });
  afterAll(async () => {
    await nats.close();
    await server.stop();
  });

  it('gives a gap for what is no pack, to who follows and to who reads later', async () => {
    const [node, other] = [await started(), await started()];
    await node.appended('1');
    await nats.request('log.pack.x', 'nonsense');
    await node.appended('2');
    await until('all', () => other.written.length === 3);
    for (const { written, epochs } of [node, other]) {
      expect(written.map(({ record }) => record.kind)).toEqual(['put', 'gap', 'put']);
      expect(epochs).toEqual([]);
    }
    for (const each of [node, other, await started()]) expect(await storyOf(each)).toEqual(['1', 'gap', '2']);
  });

  it('gives a gap for what was taken from its middle and from its end, in the same epoch', async () => {
    const [node, other] = [await started(), await started()];
    await node.appended('1');
    await other.appended('2');
    await node.appended('3');
    await other.appended('4');
    const subject = await subjectOf(
      nats,
      (await (await jetstreamManager(nats)).streams.info('log')).state.last_seq,
    );
    await (await jetstreamManager(nats)).streams.purge('log', { filter: subject });
    const young = await started();
    expect(young.epoch).toBe(node.epoch);
    for (const each of [node, other, young]) expect(await storyOf(each)).toEqual(['1', 'gap', '3', 'gap']);
    await young.appended('5');
    await until('the last', () => node.texts.at(-1) === '5' && other.texts.at(-1) === '5');
    expect(await storyOf(await started())).toEqual(['1', 'gap', '3', 'gap', '5']);
    for (const { texts, epochs } of [node, other]) {
      expect(texts).toEqual(['1', '2', '3', '4', '5']);
      expect(epochs).toEqual([]);
    }
  });
});

async function subjectOf(nats: NatsConnection, sequence: number): Promise<string> {
  const manager = await jetstreamManager(nats);
  const message = await manager.streams.getMessage('log', { seq: sequence });
  return message?.subject ?? '';
}
