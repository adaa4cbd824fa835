import { Publisher, Subscriber, XSubscriber } from 'zeromq';
import { until } from '../../support/until.ts';
import type { Attack } from './attack.ts';
import { native } from './scenes.ts';
import type { Stage } from './stage.ts';

const WAIT_MS = 15_000;

/** By which limit peers were disconnected, and whether the log says so. */
async function excess(stage: Stage, reason: string): Promise<string> {
  const name = `zerospan_zeromq_excesses_total{reason="${reason}"}`;
  await until('the limit', async () => (await stage.server.metric(name)) > 0, WAIT_MS).catch(() => {});
  if ((await stage.server.metric(name)) === 0) return '';
  return `${reason}, ${stage.server.logged.includes(reason) ? 'logged' : 'NOT logged'}`;
}

/** What ZeroMQ takes before the server notices is shown. A limit has to end it, or it stays below a bound. */
export const BY_NATIVES: readonly Attack[] = [
  {
    name: 'native parts of one message',
    scene: native('parts'),
    judged: 'shown',
    async act(stage) {
      const publisher = new Publisher({ sendHighWaterMark: 0, linger: 0 });
      stage.ends(() => publisher.close());
      publisher.connect(stage.server.addresses.busIngress);
      const parts = stage.scaled(1_000_000);
      await until('its subscription', async () => {
        await publisher.send('x 1');
        return (await stage.server.metric('zerospan_log_entries')) > 0;
      });
      stage.otherBytes += 2 * parts;
      await publisher.send(new Array<string>(parts).fill(''));
      return { bounded: await excess(stage, 'parts') };
    },
  },
  {
    name: 'native subscriptions',
    scene: native('topics'),
    judged: 'shown',
    async act(stage) {
      const socket = new XSubscriber({ sendHighWaterMark: 0, linger: 0 });
      stage.ends(() => socket.close());
      socket.connect(stage.server.addresses.busAddress);
      const topics = stage.scaled(100_000);
      for (let n = 0; n < topics; n++) {
        const topic = `\u0001${String(n).padStart(6, '0')}${'x'.repeat(194)}`;
        stage.otherBytes += topic.length + 2;
        await socket.send(topic);
      }
      return { bounded: await excess(stage, 'topics') };
    },
  },
  {
    name: 'native subscriber that does not read',
    scene: native('waiting'),
    judged: 'shown',
    async act(stage) {
      const socket = new Subscriber({ receiveHighWaterMark: 1, linger: 0 });
      stage.ends(() => socket.close());
      socket.connect(stage.server.addresses.busAddress);
      socket.subscribe('');
      const publisher = new Publisher({ sendHighWaterMark: 0, linger: 0 });
      stage.ends(() => publisher.close());
      publisher.connect(stage.server.addresses.busIngress);
      const payload = JSON.stringify('x'.repeat(60_000));
      for (let n = 0; n < stage.scaled(2_500); n++) {
        await publisher.send(`x ${payload}`);
        stage.otherBytes += payload.length;
        // The pace of a publisher: all at once, most of it would wait in this process instead of in the server.
        if (n % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return { bounded: await excess(stage, 'waiting-bytes') };
    },
  },
];
