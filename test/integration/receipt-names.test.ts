import type { Confirmation } from '@zerospan/shared';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { Bus } from '../../client/src/bus.ts';
import { contradictions } from '../support/receipt-names.ts';
import { testServer } from '../support/server.ts';
import { cli } from '../support/terminal.ts';
import { until } from '../support/until.ts';

const CHANNELS = ['bots.0', 'bots.1', 'bots.2', 'bots.3', 'bots.4', 'bots.5'];

/** The states of a put's channels by the names of clients, whichever way it was asked. */
type Board = Record<string, string>;

function boardOf({ channels, sessions = [] }: Confirmation): Board {
  const nameAt = (place: number): string => sessions[place]?.name ?? 'a reader of events';
  const board: Board = {};
  for (const { who } of channels) {
    for (const [place] of who?.has ?? []) board[nameAt(place)] = 'has it';
    for (const [place, why] of who?.skipped ?? []) board[nameAt(place)] = `skipped ${why}`;
    for (const [place, why] of who?.unanswered ?? []) board[nameAt(place)] = why ?? 'no answer';
    for (const place of who?.away ?? []) board[nameAt(place)] = 'away';
  }
  return board;
}

describe('a broadcast', () => {
  it('names each session in its state: by a bus, by curl and on the command line alike', async () => {
    const server = await testServer();
    const sockets: WebSocket[] = [];
    class CutSocket extends WebSocket {
      constructor(url: string, protocol: string) {
        super(url, protocol);
        sockets.push(this);
      }
    }
    const bots = await Promise.all(
      CHANNELS.slice(0, 4).map(async (channel, i) => {
        // The third one is stopped: nobody reads what it is given.
        const own = i === 3 ? { WebSocket: CutSocket as never } : {};
        const bus = new Bus(server.ws, { name: `bot ${i}`, ...own });
        onTestFinished(() => bus.close({ timeoutMs: 0 }));
        bus.on('error', () => {});
        const subscriber = bus.subscribe(channel);
        if (i !== 2) subscriber.on('publication', () => {});
        await subscriber.ready;
        return bus;
      }),
    );
    const events = new AbortController();
    onTestFinished(() => events.abort());
    await fetch(new URL(`v1/events?channel=${CHANNELS[4]}`, server.url), { signal: events.signal });
    const panel = new Bus(server.ws);
    onTestFinished(() => panel.close());
    await panel.ready;
    const expected = {
      'bot 0': 'has it',
      'bot 1': 'has it',
      'bot 2': 'no answer',
      'a reader of events': 'no-acks',
    };

    const query = CHANNELS.map((channel) => `channel=${channel}`).join('&');
    const curl = fetch(new URL(`v1/put?${query}&confirmMs=1500&who`, server.url), {
      method: 'POST',
      body: '1',
    });
    const line = cli([
      'put',
      '--url',
      server.ws,
      ...CHANNELS.flatMap((channel) => ['-c', channel]),
      '1',
      '--confirm-ms',
      '1500',
      '--who',
    ]);
    const own = panel.put(CHANNELS, 1, { confirm: { timeoutMs: 1_500, who: true } });
    const answers = [(await (await curl).json()) as { confirmed: Confirmation }];
    const [{ confirmed }] = answers as [{ confirmed: Confirmation }];
    expect(contradictions(confirmed)).toEqual([]);
    expect(boardOf(confirmed)).toEqual({ ...expected, 'bot 3': 'has it' });
    const { out } = await line;
    expect(out.match(/^ {2}has it {5}"bot [013]" [0-9a-f]{16} {2}after \d+ ms$/gm)).toHaveLength(3);
    expect(out).toMatch(/^ {2}no answer {2}"bot 2" [0-9a-f]{16}$/m);
    expect(out).toMatch(/^ {2}no answer {2}[0-9a-f]{16} {2}never acknowledges$/m);
    const { channels } = await own;
    const sums = (each: { confirmed?: number; skipped?: number; unanswered?: number }): unknown[] => [
      each.confirmed,
      each.skipped,
      each.unanswered,
    ];
    expect(channels.map(sums)).toEqual(confirmed.channels.map(sums));

    // Cut off after the put, and not back before the receipt; then it is back, and has it.
    const cut = panel.put(CHANNELS, 2, { confirm: { timeoutMs: 300, who: true } });
    sockets[0]?.terminate();
    const away = (await cut).channels[3]?.who;
    // Where it is cut before the put, it is absent; where it is back at once, it is not away any more.
    const named = [
      ...(away?.has ?? []).map(({ session }) => session),
      ...(away?.unanswered ?? []).map(({ session }) => session),
      ...(away?.absent ?? []),
    ];
    expect(named.map(({ name }) => name)).toEqual(['bot 3']);
    await until('the bot to be back', () => bots[3]?.state === 'live');
    const again = (await panel.put(CHANNELS, 3, { confirm: { timeoutMs: 1_500, who: true } })).channels[3]
      ?.who;
    expect(again?.has.map(({ session }) => session.name)).toEqual(['bot 3']);
    expect(named[0]?.ref).toBe(again?.has[0]?.session.ref);
  });
});
