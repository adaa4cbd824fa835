import { describe, it } from 'vitest';
import { run } from '../../support/model/run.ts';
import type { Step } from '../../support/model/steps.ts';
import type { Setting } from '../../support/model/world.ts';

const SETTING: Setting = {
  seed: 0,
  logEntries: 8,
  tailEntries: 2,
  lasts: 0,
  ageMs: 0,
  remembered: 200_000,
  padBytes: 0,
  window: 1_000,
  late: false,
};

function subscribe(filter: string, more: Partial<Step & { do: 'subscribe' }> = {}): Step {
  return { do: 'subscribe', bus: 0, filters: [filter], replay: 'none', queue: 1, mode: 'get', ...more };
}

function toServer(most: number): Step {
  return { do: 'to server', bus: 0, most };
}

function put(...channels: string[]): Step {
  return { do: 'put', bus: 0, channels };
}

function confirmedPut(...channels: string[]): Step {
  return { do: 'put', bus: 0, channels, confirmMs: 60_000 };
}

/** What the search against the ledger found, each as small as it came out of it. */
describe('the bus and its clients against a ledger, found before', () => {
  it('history asked for by since, cut before its first entry: the restart gap reaches back to it (seed -1345488019)', async () => {
    await run(SETTING, [
      subscribe('$s', { replay: { since: 0, life: 0 } }),
      { do: 'native', channel: '$s', times: 1 },
      toServer(1),
      { do: 'to client', bus: 0, most: 10 },
      { do: 'restart', how: 'crash' },
    ]);
  });

  it('history asked for since a position above the head: the restart gap begins at the head (seed 384237245)', async () => {
    await run(SETTING, [
      subscribe('a', { replay: { since: 13, life: 0 } }),
      put('a'),
      toServer(1),
      { do: 'restart', how: 'stop' },
    ]);
  });

  it('a put sent again to a server that drains is not put once more on the next one (seed -601495791)', async () => {
    await run(SETTING, [
      toServer(1),
      put('a'),
      { do: 'to client', bus: 0, most: 1 },
      toServer(1),
      { do: 'wait', ms: 35_000 },
      { do: 'to client', bus: 0, most: 1 },
      { do: 'restart', how: 'drain' },
    ]);
  });

  it('a subscription made between hello and the welcome of another epoch is asked for in that one', async () => {
    await run(SETTING, [
      { do: 'native', channel: 'a', times: 1 },
      { do: 'restart', how: 'drain' },
      { do: 'join', resume: 1 },
      { do: 'wait', ms: 35_000 },
      { do: 'flood', bus: 1, channel: 'a', rounds: 1 },
      subscribe('a', { bus: 1, replay: { last: 1 } }),
    ]);
  });

  it('the last n of a subscription that comes while its session is behind are n (seed -929918940)', async () => {
    await run({ ...SETTING, padBytes: 22_000 }, [
      subscribe('a'),
      put('ab'),
      put('b'),
      { do: 'flow' },
      subscribe('a', { filters: [{ prefix: 'a' }, { prefix: 'b' }], replay: { last: 2 } }),
      { do: 'native', channel: 'b', times: 1 },
      { do: 'native', channel: 'a', times: 4 },
      { do: 'cut', bus: 0, side: 'both' },
    ]);
  });

  it('two subscriptions of one subscriber that are both replayed the same give it once (seed -1010324661)', async () => {
    await run(SETTING, [
      subscribe('a', { replay: { sinceMs: 0 } }),
      { do: 'add', subscriber: 0, filters: ['a'] },
      put('ab'),
      toServer(1),
      { do: 'to client', bus: 0, most: 1 },
      subscribe('a', { replay: { last: 1 } }),
      toServer(10),
      { do: 'cut', bus: 0, side: 'server' },
      { do: 'native', channel: 'a', times: 1 },
    ]);
  });

  it('a session that ends in the middle of a step of its replay leaves no cohort behind (seed -532942337)', async () => {
    await run(SETTING, [
      subscribe('a', { replay: { since: 0, life: 0 } }),
      toServer(1),
      { do: 'close bus', bus: 0, timeoutMs: 0 },
    ]);
  });

  it('what fits no window any more when fan-out has written is not written as a replay (seed 7)', async () => {
    await run({ ...SETTING, window: 5 }, [
      put('c', 'a'),
      subscribe('a', { filters: ['', 'a'], replay: { since: 0, life: 0 } }),
      { do: 'flow' },
      subscribe('a', { replay: { sinceMs: 0 } }),
      subscribe('a', { replay: { since: 21, life: 0 } }),
      toServer(1),
      { do: 'native', channel: 'a', times: 2 },
      put('a'),
    ]);
  });

  it('what a live sibling has not been sent yet is not withheld from a replay (seed 929156327)', async () => {
    await run({ ...SETTING, window: 3 }, [
      subscribe('b', { filters: [{ prefix: 'b' }] }),
      { do: 'add', subscriber: 0, filters: ['a'] },
      put('ab'),
      { do: 'flow' },
      subscribe('a', { replay: { since: 0, life: 0 } }),
      { do: 'add', subscriber: 0, filters: [{ prefix: 'b' }] },
      subscribe('a', { replay: { sinceMs: 0 } }),
      toServer(1),
      { do: 'to client', bus: 0, most: 1 },
      { do: 'wait', ms: 35_000 },
      put('a'),
      toServer(1),
      { do: 'native', channel: 'b', times: 12 },
      subscribe('', { replay: { last: 1 } }),
      { do: 'flow' },
      { do: 'cut', bus: 0, side: 'both' },
    ]);
  });

  it('what a replay gave to a sibling is not given again by the ordinary publication that follows', async () => {
    await run(SETTING, [
      subscribe('$', { filters: [{ prefix: '$' }], mode: 'listen' }),
      { do: 'settle' },
      { do: 'add', subscriber: 0, filters: [{ prefix: '$' }, 'a'] },
      { do: 'native', channel: 'a', times: 1 },
      { do: 'flow' },
      { do: 'wait', ms: 35_000 },
      { do: 'native', channel: '$s', times: 1 },
    ]);
  });

  it('a put that is sent again, and is long under way, is not appended again when it has been forgotten meanwhile (seed 1467006897)', async () => {
    await run({ ...SETTING, remembered: 6 }, [
      { do: 'flow' },
      put('a'),
      put('a'),
      toServer(2),
      { do: 'cut', bus: 0, side: 'both' },
      { do: 'wait', ms: 600 },
      toServer(1),
      toServer(1),
      { do: 'to client', bus: 0, most: 1 },
      { do: 'join', resume: null },
      { do: 'to server', bus: 1, most: 1 },
      { do: 'to server', bus: 1, most: 1 },
      { do: 'to client', bus: 1, most: 1 },
      { do: 'put', bus: 1, channels: ['a', 'b'] },
      { do: 'to server', bus: 1, most: 1 },
      { do: 'wait', ms: 21_000 },
      toServer(2),
    ]);
  });

  it('a subscription that lost nothing of what a session skips receives no gap when it skips ahead', async () => {
    await run({ ...SETTING, padBytes: 22_000, window: 3 }, [
      subscribe('a', { replay: { sinceMs: 0 } }),
      subscribe('ab', { replay: { since: 0, life: 0 } }),
      { do: 'flow' },
      put('ab'),
      subscribe('a', { replay: { since: 0, life: 0 } }),
      put('a', 'b'),
      { do: 'cut', bus: 0, side: 'both' },
      put('a'),
      put('a', 'c'),
      { do: 'native', channel: 'a', times: 1 },
      { do: 'wait', ms: 2_000 },
      toServer(1),
      put('a', 'ab', 'c'),
      { do: 'flood', bus: 0, channel: 'a', rounds: 2 },
    ]);
  });

  it('a subscription that ends by lag while its session is being closed leaves no cohort behind', async () => {
    await run(SETTING, [
      subscribe('a', { replay: { sinceMs: 0 } }),
      subscribe('a', { replay: { sinceMs: 0 } }),
      { do: 'flow' },
      { do: 'slow', bus: 0, room: 1 },
      subscribe('a', { replay: { since: 0, life: 0 }, onLag: 'close' }),
      { do: 'settle' },
      { do: 'native', channel: 'a', times: 1 },
      { do: 'wait', ms: 35_000 },
    ]);
  });

  it('what waits unread in a queue is not confirmed when its client comes back (P12)', async () => {
    await run(SETTING, [
      subscribe('a', { replay: { since: 0, life: 0 } }),
      confirmedPut('a'),
      { do: 'settle' },
      { do: 'cut', bus: 0, side: 'both' },
      { do: 'wait', ms: 21_000 },
      { do: 'flow' },
    ]);
  });

  it('what one subscription received is not taken as reported to another of the same session (G1)', async () => {
    await run({ ...SETTING, lasts: 10, padBytes: 22_000 }, [
      subscribe('b', { mode: 'listen' }),
      subscribe('a', { filters: [{ prefix: 'a' }, 'c'], mode: 'listen' }),
      { do: 'flow' },
      { do: 'cut', bus: 0, side: 'both' },
      { do: 'native', channel: 'a', times: 1 },
      { do: 'native', channel: 'ab', times: 1 },
      { do: 'native', channel: 'b', times: 1 },
      { do: 'native', channel: 'c', times: 20 },
      { do: 'native', channel: '$s', times: 10 },
      { do: 'wait', ms: 600 },
      { do: 'stall', bus: 0, room: 6 },
      toServer(1),
      toServer(1),
      { do: 'turn' },
      { do: 'turn' },
      { do: 'native', channel: 'b', times: 1 },
      { do: 'flow' },
    ]);
  });

  it('a subscription that received its loss does not receive it again when its session skips ahead (G1, seed 11)', async () => {
    await run({ ...SETTING, lasts: 10, padBytes: 22_000 }, [
      subscribe('b', { filters: [{ prefix: 'b' }], replay: { last: 1 } }),
      subscribe('a', { filters: ['', { prefix: '$' }] }),
      { do: 'flow' },
      { do: 'cut', bus: 0, side: 'both' },
      { do: 'native', channel: 'a', times: 1 },
      { do: 'join', resume: null },
      { do: 'native', channel: '$s', times: 1 },
      { do: 'native', channel: 'b', times: 1 },
      { do: 'put', bus: 1, channels: ['b', 'ab'] },
      subscribe('a', { replay: { last: 1 } }),
      put('a'),
      { do: 'native', channel: 'c', times: 30 },
    ]);
  });

  it('history asked for again may still give a put: its session has not skipped it (P12, seed 101)', async () => {
    await run(SETTING, [
      { do: 'settle' },
      subscribe('a', { replay: { since: 0, life: 0 } }),
      confirmedPut('a'),
      { do: 'cut', bus: 0, side: 'client' },
    ]);
  });

  it('a server that stops has closed its connections before the next one begins (seed 202)', async () => {
    await run(SETTING, [
      subscribe('a', { replay: { since: 0, life: 0 } }),
      subscribe('a'),
      { do: 'flow' },
      { do: 'lost upstream', channel: 'a', missed: null },
      { do: 'restart', how: 'drain' },
      { do: 'lost upstream', channel: 'a', missed: null },
      { do: 'wait', ms: 2_000 },
      subscribe('a', { replay: { since: 0, life: 0 } }),
    ]);
  });

  it('the end of the epoch that history was asked for in is reported once, whatever ends after it (C8, seed 90210)', async () => {
    await run(SETTING, [
      subscribe('a'),
      subscribe('a'),
      { do: 'flow' },
      { do: 'restart', how: 'crash' },
      subscribe('a', { replay: { since: 0, life: 1 }, mode: 'listen' }),
      { do: 'wait', ms: 21_000 },
      { do: 'stall', bus: 0, room: 1 },
      toServer(1),
      { do: 'flood', bus: 0, channel: 'a', rounds: 1 },
      { do: 'restart', how: 'crash' },
    ]);
  });

  it('what ended before the server was asked for it does not stand for its equal (seed 13579)', async () => {
    await run(SETTING, [
      subscribe('a'),
      { do: 'unsubscribe', subscriber: 0 },
      { do: 'flow' },
      subscribe('a'),
      put('a'),
    ]);
  });

  it('what history has given a subscriber, a subscription that it shares does not give again (R5, seed 31337)', async () => {
    await run(SETTING, [
      subscribe('a', { replay: { sinceMs: 0 } }),
      subscribe('a', { replay: { last: 1 } }),
      { do: 'flow' },
      { do: 'cut', bus: 0, side: 'server' },
      subscribe('a', { replay: { sinceMs: 40_000 }, mode: 'listen' }),
      { do: 'add', subscriber: 2, filters: ['a'] },
      { do: 'flood', bus: 0, channel: 'a', rounds: 1 },
    ]);
  });

  it('an upstream gap between two that became one in a queue may come later (G6, seed 60606)', async () => {
    await run(SETTING, [
      subscribe('b', { replay: { since: 0, life: 0 } }),
      { do: 'add', subscriber: 0, filters: ['a'] },
      toServer(1),
      { do: 'native', channel: 'a', times: 1 },
      { do: 'lost upstream', channel: '', missed: null },
      { do: 'lost upstream', channel: 'a', missed: null },
      { do: 'lost upstream', channel: '', missed: null },
    ]);
  });

  it('what the answer to an ended subscription named is known to the bus: one that joins begins above it (seed 9100001)', async () => {
    const prefix: Partial<Step & { do: 'subscribe' }> = { filters: [{ prefix: '$' }] };
    await run(SETTING, [
      subscribe('', prefix),
      { do: 'flow' },
      put('a'),
      { do: 'settle' },
      subscribe('', { ...prefix, replay: { since: 0, life: 0 } }),
      { do: 'native', channel: '$s', times: 1 },
      { do: 'remove', subscriber: 1, filters: [{ prefix: '$' }] },
      { do: 'native', channel: 'a', times: 1 },
      { do: 'flow' },
      subscribe('', prefix),
    ]);
  });

  it('the end of the epoch that history of an older one came from is reported only above what was reported before (G4, seed 9100001)', async () => {
    await run(SETTING, [
      subscribe('a', { replay: { since: 0, life: 0 } }),
      { do: 'restart', how: 'crash' },
      { do: 'stall', bus: 0, room: 1 },
      subscribe('a', { mode: 'listen', like: 0 }),
      { do: 'to client', bus: 0, most: 1 },
      { do: 'restart', how: 'drain' },
      { do: 'flow' },
      { do: 'flood', bus: 0, channel: 'a', rounds: 1 },
      { do: 'settle' },
      { do: 'to client', bus: 0, most: 1 },
      { do: 'settle' },
      { do: 'settle' },
    ]);
  });

  it('a last publication that is lost behind a gap: what is reported of it lies above, uncounted (G4, seed 9100008)', async () => {
    const latest: Partial<Step & { do: 'subscribe' }> = {
      filters: [{ prefix: '$' }],
      replay: { last: 1 },
      onLag: 'latest',
    };
    await run({ ...SETTING, tailEntries: 3, lasts: 10, ageMs: 1_000, padBytes: 22_000 }, [
      subscribe('', latest),
      subscribe('', { filters: ['a', 'c', ''], replay: { since: 69, life: 2 }, queue: 2, onLag: 'close' }),
      { do: 'settle' },
      { do: 'put', bus: 0, channels: ['b'], confirmMs: 60_000 },
      { do: 'wait', ms: 35_000 },
      subscribe('', { ...latest, queue: 4, mode: 'listen' }),
      { do: 'put', bus: 0, channels: ['ab', 'b', 'a'], confirmMs: 1 },
      { do: 'native', channel: 'a', times: 30 },
      { do: 'join', resume: 18 },
      { do: 'cut', bus: 1, side: 'client' },
      { do: 'put', bus: 0, channels: ['a', 'b', 'ab'], confirmMs: 1 },
      { do: 'flood', bus: 0, channel: 'c', rounds: 2 },
      { do: 'native', channel: '$s', times: 2 },
      { do: 'lost upstream', channel: '', missed: 1 },
      { do: 'put', bus: 1, channels: ['ab', 'a'], confirmMs: 2_000 },
      { do: 'wait', ms: 21_000 },
    ]);
  });

  it('where a gap has been received above the position of the bus, an equal subscription is asked for by itself (seed 9200003)', async () => {
    await run({ ...SETTING, logEntries: 11, padBytes: 22_000 }, [
      subscribe('a'),
      subscribe('a', { like: 0 }),
      { do: 'flow' },
      { do: 'slow', bus: 0, room: 1 },
      { do: 'wait', ms: 21_000 },
      { do: 'flood', bus: 0, channel: 'a', rounds: 4 },
      { do: 'to client', bus: 0, most: 1 },
      subscribe('a'),
      { do: 'cut', bus: 0, side: 'both' },
    ]);
  });

  it('a session that skips what the log overtakes: no gap for one whose losses all lie above (G1, seed 9500001)', async () => {
    const history: Partial<Step & { do: 'subscribe' }> = { replay: { sinceMs: 0 }, onLag: 'replay' };
    await run({ ...SETTING, seed: 258_600_131, padBytes: 22_000, late: true }, [
      subscribe('a', history),
      subscribe('', { filters: ['', 'a'], onLag: 'replay' }),
      { do: 'flow' },
      put('a'),
      { do: 'native', channel: 'a', times: 1 },
      { do: 'flood', bus: 0, channel: 'b', rounds: 1 },
      put('a'),
      put('a'),
      { do: 'flow' },
      subscribe('a', { ...history, replay: { since: 0, life: 0 }, like: 0 }),
      { do: 'settle' },
      { do: 'native', channel: 'a', times: 12 },
      { do: 'flow' },
      { do: 'settle' },
      { do: 'restart', how: 'renew' },
      { do: 'log answers', most: 1 },
      { do: 'add', subscriber: 0, filters: [{ prefix: 'a' }] },
      { do: 'native', channel: 'a', times: 2 },
      { do: 'flow' },
      { do: 'flood', bus: 0, channel: 'a', rounds: 1 },
      { do: 'native', channel: 'a', times: 12 },
      { do: 'native', channel: 'a', times: 12 },
      { do: 'flow' },
      { do: 'log answers', most: 2 },
      { do: 'flood', bus: 0, channel: 'c', rounds: 3 },
      { do: 'native', channel: 'a', times: 30 },
      { do: 'wait', ms: 600 },
      { do: 'flow' },
    ]);
  });

  it('the same where the log does not know how many it lost above (G1, seed 9600005)', async () => {
    const asIs: Partial<Step & { do: 'subscribe' }> = { onLag: 'replay' };
    await run({ ...SETTING, seed: 440_404_219, window: 4, late: true }, [
      subscribe('a', { ...asIs, replay: { since: 0, life: 0 } }),
      subscribe('a', { ...asIs, replay: { last: 1 } }),
      { do: 'flow' },
      { do: 'flood', bus: 0, channel: 'a', rounds: 3 },
      put('a'),
      subscribe('', { ...asIs, filters: [{ prefix: 'b' }, 'a'] }),
      { do: 'stall', bus: 0, room: 1 },
      { do: 'flow' },
      { do: 'drain', bus: 0 },
      { do: 'log answers', most: 1 },
      { do: 'native', channel: '$s', times: 30 },
      { do: 'flow' },
      { do: 'flow' },
      { do: 'settle' },
      { do: 'flood', bus: 0, channel: 'b', rounds: 4 },
      { do: 'native', channel: 'c', times: 12 },
      { do: 'cut', bus: 0, side: 'both' },
      { do: 'lost upstream', channel: 'a', missed: null },
      { do: 'native', channel: 'a', times: 4 },
      { do: 'wait', ms: 2_000 },
      { do: 'native', channel: 'a', times: 4 },
      subscribe('a', { ...asIs, like: 0 }),
      { do: 'flow' },
    ]);
  });

  it('of gaps that wait over five epochs, two of one reason have become one with the later epoch (seed 72796001)', async () => {
    const setting = {
      seed: 0,
      logEntries: 8,
      tailEntries: 2,
      lasts: 0,
      ageMs: 0,
      remembered: 200000,
      padBytes: 0,
      window: 1000,
    };
    await run({ ...SETTING, ...setting }, [
      { do: 'subscribe', bus: 0, filters: ['a'], replay: 'none', queue: 1, mode: 'get', onLag: 'latest' },
      {
        do: 'subscribe',
        bus: 0,
        filters: ['a'],
        replay: 'none',
        queue: 1,
        mode: 'get',
        onLag: 'replay',
        like: 0,
      },
      { do: 'flow' },
      { do: 'cut', bus: 0, side: 'both' },
      { do: 'flood', bus: 0, channel: 'a', rounds: 1 },
      { do: 'wait', ms: 600 },
      { do: 'flow' },
      { do: 'restart', how: 'crash' },
      { do: 'flood', bus: 0, channel: 'a', rounds: 1 },
      { do: 'wait', ms: 600 },
      { do: 'flow' },
      { do: 'restart', how: 'crash' },
      { do: 'native', channel: 'a', times: 12 },
      { do: 'settle' },
      { do: 'lost upstream', channel: 'a', missed: null },
      { do: 'restart', how: 'stop' },
      { do: 'twin', bus: 0, channel: 'a', room: 2 },
      { do: 'native', channel: 'a', times: 4 },
      { do: 'native', channel: 'a', times: 1 },
      { do: 'wait', ms: 2000 },
      { do: 'flow' },
      { do: 'lost upstream', channel: 'a', missed: null },
      { do: 'flood', bus: 0, channel: 'a', rounds: 1 },
    ]);
  });

  it('reads that wait together go with the epoch that they are of: they do not begin again for ever (seed 2996648)', async () => {
    await run({ ...SETTING, late: true }, [
      subscribe('b', { replay: { sinceMs: 0 }, onLag: 'replay' }),
      { do: 'stall', bus: 0, room: 3 },
      { do: 'flow' },
      { do: 'native', channel: 'b', times: 4 },
      { do: 'twin', bus: 0, channel: 'a', room: 1 },
      { do: 'restart', how: 'renew' },
    ]);
  });
});
