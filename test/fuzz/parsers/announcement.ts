import { LoopGuard } from '../../../server/src/zeromq/bridge/loop-guard.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { broken, type Parser } from '../parser.ts';

const HEARD: readonly string[] = ['own', 'relayed', 'known', 'unreadable'];

// One for all, as in a server: what it remembers of many bridges is part of what is tried.
const guard = new LoopGuard({ clock: new ManualClock(), nonce: 'own' });

/** What a source says on the channel of the loop guard. */
export const announcement: Parser = {
  name: 'announcement',
  seeds: ['{"nonce":"own","n":1}', '{"nonce":"3f0c","n":7}', '{"n":9007199254740991,"nonce":"x"}'],
  words: ['"nonce":', '"n":', 'own'],
  read(bytes) {
    if (!HEARD.includes(guard.hear(bytes))) broken('it answers what it heard');
  },
};
