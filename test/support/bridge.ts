import { type Clock, systemClock } from '@zerospan/shared';
import { Subscriber, XPublisher } from 'zeromq';
import { readSettings } from '../../server/src/settings/read.ts';
import type { Settings } from '../../server/src/settings/settings.ts';
import { BRIDGE_CHANNEL } from '../../server/src/zeromq/bridge/loop-guard.ts';
import type { Intake } from '../../server/src/zeromq/ports.ts';
import { ZeroMqBridge } from '../../server/src/zeromq/zeromq-bridge.ts';
import { entryOf, Lines, TestPublisher, TestSubscriber } from './zeromq.ts';

const any = 'tcp://127.0.0.1:*';

/** What a test has opened, closed together. */
export class Opened {
  readonly #close: (() => unknown)[] = [];

  add(close: () => unknown): void {
    this.#close.push(close);
  }

  async closeAll(): Promise<void> {
    await Promise.all(this.#close.splice(0).map((close) => close()));
  }
}

/** A bridge as the server makes one, with the shortest of logs: what is taken goes straight out again. */
export async function openBridge(
  opened: Opened,
  bus: Partial<Settings['bus']> = {},
  clock: Clock = systemClock,
) {
  const taken: string[] = [];
  const losses: string[] = [];
  const log = new Lines();
  let native: ZeroMqBridge | undefined;
  const intake: Intake = {
    take(channel, payload, republish, origin, asked) {
      const text = Buffer.from(payload).toString();
      taken.push(`${channel} ${text}`);
      void Promise.resolve().then(() => {
        native?.send(entryOf(channel, text, republish, 1, origin));
        asked.answered(payload.byteLength);
      });
      return true;
    },
    lost(channels, missed) {
      losses.push(`${channels === 'every' ? channels : channels.join()} ${missed}`);
      return Promise.resolve();
    },
  };
  const settings = { ...readSettings().settings.bus, address: any, ingress: any, ...bus };
  const running = await ZeroMqBridge.open({
    settings,
    depth: 128,
    payloadBytes: 65_536,
    intake,
    logger: log,
    clock,
  });
  native = running;
  opened.add(() => running.close(0));
  return {
    native: running,
    taken,
    losses,
    log,
    /** What a client puts: it begins here. */
    put: (channel: string, text: string): void => running.send(entryOf(channel, text)),
  };
}

export type TestBridge = Awaited<ReturnType<typeof openBridge>>;

export async function publisherTo(opened: Opened, native: ZeroMqBridge): Promise<TestPublisher> {
  const from = new TestPublisher();
  opened.add(() => from.socket.close());
  return from.connect(native.busIngress as string);
}

/** A native subscriber to everything. */
export function subscriberTo(opened: Opened, native: ZeroMqBridge, topics: string[] = ['']): TestSubscriber {
  const to = new TestSubscriber(native.busAddress, topics, { receiveHighWaterMark: 0 }).start();
  opened.add(() => to.socket.close());
  return to;
}

/** A bridge of the version before: it knows announcements and nothing of origins. */
export async function oldBridge(opened: Opened, address: string, source: string) {
  const taken: string[] = [];
  const egress = new XPublisher({ linger: 0, sendTimeout: 0, verbosity: 'allSubsUnsubs' });
  await egress.bind(address);
  const from = new Subscriber({ linger: 0, reconnectInterval: 20 });
  from.subscribe(BRIDGE_CHANNEL, '');
  from.connect(source);
  opened.add(() => egress.close());
  opened.add(() => from.close());
  let subscriptions = 0;
  void (async () => {
    for await (const [notice] of egress) if (notice?.length === 1) subscriptions += notice[0] === 1 ? 1 : -1;
  })();
  void (async () => {
    for await (const parts of from) {
      const text = parts.map(String).join('|');
      if (!text.startsWith(BRIDGE_CHANNEL)) taken.push(text);
      await egress.send(parts);
    }
  })();
  return { taken, close: () => [egress, from].map((each) => each.close()), subscribed: () => subscriptions };
}
