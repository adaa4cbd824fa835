import { rm } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { StoreAppended, StoreRecord } from '../../../server/src/core/log/store.ts';
import { findNatsServer, NatsServer } from '../../support/jetstream/nats-server.ts';
import { RealNode as Node } from '../../support/jetstream/real-node.ts';
import { available } from '../../support/required.ts';
import { until } from '../../support/until.ts';

const path = findNatsServer();

describe.runIf(available('nats-server', path))('a log on a real server that fails', () => {
  let server: NatsServer;
  const nodes: Node[] = [];

  const start = async (n: number): Promise<Node[]> => {
    server = await NatsServer.start(path as string);
    for (let i = 0; i < n; i++) nodes.push(await Node.open([server]));
    return nodes;
  };
  afterEach(async () => {
    for (const node of nodes.splice(0)) await node.store.close();
    await server.stop();
  });

  it('loses nothing, has nothing twice and in the order of the calls, when it is killed again and again', async () => {
    const [node, other] = (await start(2)) as [Node, Node];
    const texts: string[] = [];
    const records: StoreRecord[] = [];
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 200; i++) {
        const text = `${round}.${i}`;
        texts.push(text);
        records.push(node.append(text));
        if (i % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
        if (i === 100) await server.kill();
        if (i === 150) await server.again();
      }
      await until('answers', () => records.every((record) => node.answers.has(record)));
    }
    const failed = records.filter((record) => !(node.answers.get(record) as Partial<StoreAppended>).offset);
    expect(failed).toEqual([]);
    await until('all at the other one', () => other.texts.length >= texts.length);
    for (const each of [node, other]) {
      expect(each.texts).toEqual(texts);
      expect(await each.scanned()).toEqual(texts);
      expect(each.epochs).toEqual([]);
    }
  });

  it('goes on when it was stopped for longer than a silence', async () => {
    const [node, other] = (await start(2)) as [Node, Node];
    await node.appended('1');
    server.signal('SIGSTOP');
    const record = node.append('2');
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    server.signal('SIGCONT');
    await until('an answer', () => node.answers.has(record));
    await node.appended('3');
    await until('all', () => other.texts.length === 3);
    for (const each of [node, other]) expect(each.texts).toEqual(['1', '2', '3']);
    expect(node.epochs).toEqual([]);
  });

  it('came back with older data: another epoch begins, for all nodes', async ({ annotate }) => {
    const [node, other] = (await start(2)) as [Node, Node];
    await node.appended('1');
    await server.kill('SIGTERM');
    const putBack = await server.copy();
    await server.again();
    for (const text of ['2', '3', '4']) await node.appended(text);
    await until('all', () => other.texts.length === 4);
    await server.kill('SIGTERM');
    await putBack();
    await server.again();
    const contactMs = performance.now();
    await until('another epoch', () => [node, other].every(({ epochs }) => epochs.length > 0));
    await annotate(`another epoch after ${Math.round(performance.now() - contactMs)} ms`);
    await node.appended('5');
    await until('all', () => other.texts.at(-1) === '5');
    expect(await other.scanned()).toEqual(['1', '5']);
    const [mine, others] = [node, other].map(({ epochs }) => epochs.at(-1));
    expect(mine).toEqual(others);
  });

  it('has another stream of its name: another epoch begins', async () => {
    const [node] = (await start(1)) as [Node];
    await node.appended('1');
    await server.kill();
    await rm(`${server.folder}/jetstream`, { recursive: true });
    await server.again();
    await until('a failure', () =>
      node.changes.some((change) => change.kind === 'state' && change.state === 'failed'),
    );
    const again = await Node.open([server]);
    nodes.push(again);
    await until('another epoch', () => node.epochs.length > 0);
    const changes = node.changes.map((change) => (change.kind === 'state' ? change.state : change.kind));
    // Where the server takes long to start, the log is away before it is known that the stream is gone.
    expect(changes.filter((change) => change !== 'away')).toEqual(['failed', 'reachable', 'epoch']);
    await node.appended('2');
    expect(await again.scanned()).toEqual(['2']);
  });
});
