import { CHANNEL_ORDERS, SESSION_ORDERS } from '@zerospan/shared';
import type { Attack } from './attack.ts';
import { CROWDED } from './scenes.ts';

/** What reads all sessions, or all channels: by each order, the last page as well as the first. */
const ADDRESSES = [
  ...SESSION_ORDERS.flatMap((sort) => [
    `sessions?sort=${sort}`,
    `sessions?sort=${sort}&skip=9000&limit=1000`,
  ]),
  'sessions?search=a1',
  'sessions/0123456789abcdef',
  ...CHANNEL_ORDERS.flatMap((sort) => [
    `channels?sort=${sort}&limit=1000`,
    `channels?sort=${sort}&skip=90000&limit=1000`,
    `channels?sort=${sort}&separator=1&limit=1000`,
  ]),
  'channels?search=zz1&limit=1000',
  'channels/crowd.1',
];

/** As many as the server reads for one user. */
const AT_A_TIME = 4;

/** What operators may ask for, again and again: it must hold up nobody, and their right is no licence to. */
export const BY_READERS: readonly Attack[] = [
  {
    name: 'lists of sessions and channels',
    scene: CROWDED,
    judged: 'all',
    turnMs: 20,
    // A page is a MB or two, which are collected when V8 sees fit; nothing of it is held.
    garbageBytes: 128 * 1024 * 1024,
    async act(stage) {
      const { server } = stage;
      const headers = { authorization: `Bearer ${server.token('operator', { observe: true })}` };
      const harm: string[] = [];
      const ask = async (address: string): Promise<void> => {
        const response = await fetch(new URL(`v1/${address}`, server.addresses.url), { headers });
        stage.otherBytes += address.length + 1_000;
        const body = await response.text();
        if (response.status !== 200 && response.status !== 404)
          harm.push(`${address}: ${body.slice(0, 200)}`);
      };
      const asked = Array.from({ length: stage.scaled(3) }, () => ADDRESSES).flat();
      await Promise.all(
        Array.from({ length: AT_A_TIME }, async () => {
          for (let next = asked.pop(); next !== undefined; next = asked.pop()) await ask(next);
        }),
      );
      return { harm };
    },
  },
];
