import { beforeEach, describe, expect, it } from 'vitest';
import { ANNOUNCE_MS } from '../../../../server/src/zeromq/bridge/loop-guard.ts';
import { Relay } from '../../../../server/src/zeromq/bridge/relay.ts';
import { RELAY_TOPIC } from '../../../../server/src/zeromq/bridge/wire.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

let clock: ManualClock;
let sent: string[];
let relay: Relay;

beforeEach(() => {
  clock = new ManualClock();
  sent = [];
  relay = new Relay({
    bridge: 'me',
    clock,
    send: ([header, body]) =>
      sent.push([header?.toString('latin1', RELAY_TOPIC.length), ...(body ? [String(body)] : [])].join('|')),
  });
});

const publish = (frame: string, origin?: string): void => {
  relay.count();
  relay.publication(Buffer.from(frame), origin);
};

describe('a relay', () => {
  it('counts, and sends nothing, while no bridge listens', () => {
    for (let i = 0; i < 5; i++) publish('a 1');
    relay.announcement(Buffer.from('{}'));
    relay.end();
    expect(sent).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('says where it stands to each bridge that comes, and every few seconds', () => {
    publish('a 1');
    relay.listeners(1);
    relay.listeners(2);
    relay.listeners(2);
    expect(sent).toEqual(['state me 1', 'state me 1']);
    clock.advance(2 * ANNOUNCE_MS);
    expect(sent).toHaveLength(4);
    relay.listeners(0);
    clock.advance(10 * ANNOUNCE_MS);
    expect(sent).toHaveLength(4);
    expect(clock.pending).toBe(0);
  });

  it('sends each publication with where it began: here, with a number of its own, or where it came from', () => {
    relay.listeners(1);
    publish('a 1');
    publish('b 2', 'other 70');
    publish('a 3');
    expect(sent.slice(1)).toEqual([
      'publication me 1 me 1|a 1',
      'publication me 2 other 70|b 2',
      'publication me 3 me 2|a 3',
    ]);
  });

  it('says that it ends, and how much it sent', () => {
    relay.listeners(1);
    publish('a 1');
    relay.end();
    expect(sent.at(-1)).toBe('end me 1');
    expect(clock.pending).toBe(0);
  });
});
