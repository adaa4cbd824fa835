import { onTestFinished } from 'vitest';
import { Kept, testBus } from '../buses.ts';
import { until } from '../until.ts';
import { TestPublisher, TestSubscriber } from '../zeromq.ts';
import { NodeProcess } from './node-process.ts';

/** A node, a native subscriber and a client of it. */
interface WatchedNode {
  readonly node: NodeProcess;
  /** What a native subscriber of it was given, as numbers. */
  readonly native: () => number[];
  readonly kept: Kept;
}

/** Two nodes with one source, which sends numbers on one channel. */
export class SharedSourceScene {
  readonly nodes: readonly WatchedNode[];
  readonly #publisher: TestPublisher;
  #sent = 0;
  #isSending = true;

  /** @param flags of both nodes */
  static async start(
    nats: string,
    stream: string,
    flags: readonly string[] = [],
  ): Promise<SharedSourceScene> {
    const publisher = new TestPublisher({ sendHighWaterMark: 0 });
    onTestFinished(() => publisher.socket.close());
    const address = await publisher.bind();
    const nodes = await Promise.all(
      [1, 2].map(() => watched(nats, stream, ['--bus-source', address, ...flags])),
    );
    return new SharedSourceScene(publisher, nodes);
  }

  private constructor(publisher: TestPublisher, nodes: readonly WatchedNode[]) {
    this.#publisher = publisher;
    this.nodes = nodes;
    onTestFinished(() => {
      this.#isSending = false;
    });
  }

  /** How many were sent. */
  get sent(): number {
    return this.#sent;
  }

  /** The node that reads the source, and the other one, once it is read. */
  async owner(): Promise<[owner: WatchedNode, other: WatchedNode]> {
    const [first, second] = this.nodes as [WatchedNode, WatchedNode];
    let owners: boolean[] = [];
    await until('an owner', async () => {
      owners = await Promise.all(
        this.nodes.map(async ({ node }) => (await node.metric('zerospan_zeromq_sources')) === 1),
      );
      return owners.includes(true);
    });
    await this.#publisher.subscribed();
    return owners[0] ? [first, second] : [second, first];
  }

  /** Sends a few a hundredth of a second, until the test is over. */
  async run(): Promise<void> {
    while (this.#isSending) {
      for (let i = 0; i < 3; i++) await this.#publisher.send(`room ${++this.#sent}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Nothing more is sent. */
  end(): void {
    this.#isSending = false;
  }
}

async function watched(nats: string, stream: string, flags: readonly string[]): Promise<WatchedNode> {
  const node = await NodeProcess.start(nats, stream, flags);
  onTestFinished(() => node.stop('SIGKILL'));
  const to = new TestSubscriber(node.busAddress, ['room '], { receiveHighWaterMark: 0 }).start();
  onTestFinished(() => to.socket.close());
  const bus = testBus(new URL('bus', node.url.replace(/^http/, 'ws')).href);
  const subscriber = bus.subscribe('room');
  const kept = new Kept(subscriber);
  await subscriber.ready;
  await until('a native subscription', async () => (await node.metric('zerospan_zeromq_topics')) > 0);
  return { node, native: () => to.received.map((text) => Number(text.slice('room '.length))), kept };
}

/** Whether each number is higher than the one before: each is there once, and in order. */
export function ascends(numbers: readonly unknown[]): boolean {
  return numbers.every((each, i) => i === 0 || Number(each) > Number(numbers[i - 1]));
}
