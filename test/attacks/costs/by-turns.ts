import { until } from '../../support/until.ts';
import type { Attack } from './attack.ts';
import { CROWDED } from './scenes.ts';

const GRANTS = { subscribe: 'm', put: 'm', history: 'm' };
const WAIT_MS = 60_000;

/** Of each subscription: of more names a replay scans all of the log, and its pace holds it for minutes. */
const NAMES = 60;

/** As many subscriptions as a session may have, with most of the filters. */
const subscriptions = (more: object = {}) =>
  Array.from({ length: 128 }, (_, i) => ({
    id: i + 1,
    channels: Array.from({ length: NAMES }, (_unused, j) => `m.${i * NAMES + j}`),
    ...more,
  }));

/** What costs all filters of a session, again and again. */
export const BY_TURNS: readonly Attack[] = [
  {
    name: 'replays that end together',
    scene: CROWDED,
    judged: 'all',
    async act(stage) {
      for (let n = 0; n < stage.scaled(3); n++) {
        const hello = { subscriptions: subscriptions({ replay: { last: 1 } }) };
        const each = await stage.connect('mallory', GRANTS, hello);
        await until('their ends', () => each.count('live') === 128, WAIT_MS);
      }
      return {};
    },
  },
  {
    name: 'changes of filters, with a put between each',
    scene: CROWDED,
    judged: 'all',
    async act(stage) {
      const each = await stage.connect('mallory', GRANTS, { subscriptions: subscriptions() });
      await until('its subscriptions', () => each.count('subscribed') === 128, WAIT_MS);
      // Beyond a few the pace of puts holds them.
      for (let id = 1; id <= stage.scaled(16); id++) {
        each.say({ unsubscribe: { id } });
        each.put(id, ['m.put']);
      }
      await each.answered(stage.scaled(16));
      return {};
    },
  },
];
