import { describe, expect, it } from 'vitest';
import { receiptLines } from '../../../cli/src/commands/receipt-text.ts';

const channel = { channel: 'room', offset: 7, sessions: 4, nativeSubscriptions: 0 };

describe('the receipt board', () => {
  it('has a line for each session in its state, away apart from no answer', () => {
    const bot = (name: string) => ({ session: `k-${name}`, ref: `ref-${name}`, subject: 'bots', name });
    const who = {
      has: [{ session: bot('1'), afterMs: 12 }],
      skipped: [{ session: bot('2'), reason: 'lag' as const }],
      unanswered: [
        { session: bot('3'), acks: true },
        { session: { session: 'k', ref: 'ref-4' }, acks: false },
      ],
      away: [],
      absent: [{ ...bot('5'), lostMs: 30_212, channels: [0] }],
    };
    const away = bot('6');
    const some = { ...who, unanswered: [...who.unanswered, { session: away, acks: true }], away: [away] };
    const counts = { confirmed: 1, skipped: 1, unanswered: 3 };
    const lines = receiptLines({
      epoch: 'e',
      time: 0,
      channels: [{ ...channel, ...counts, who: some }],
      more: 2,
    });
    expect(lines).toEqual([
      'room: accepted at offset 7, matched by 4 sessions and 0 ZeroMQ subscriptions; 1 session confirmed, 1 skipped, 3 unanswered',
      '  has it     bots "1" ref-1  after 12 ms',
      '  skipped    bots "2" ref-2  lag',
      '  no answer  bots "3" ref-3',
      '  no answer  ref-4  never acknowledges',
      '  away       bots "6" ref-6  gets it when it comes back',
      '  absent     bots "5" ref-5  lost its session 30.2 s before',
      'and 2 more, without names; the counts have them all',
    ]);
  });

  it('shows what could command a terminal as text', () => {
    const session = { session: 'k', ref: 'r', subject: '\u001b[2J', name: 'a' };
    const who = { has: [{ session, afterMs: 1 }], skipped: [], unanswered: [], away: [], absent: [] };
    const [, line] = receiptLines({ epoch: 'e', time: 0, channels: [{ ...channel, who }] });
    expect(line).not.toContain('\u001b');
  });
});
