import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Sequences } from '../../../../server/src/zeromq/ingress/sequences.ts';

/** What each number says; `'peer'` is a peer that comes or goes. Numbers of what is missing; `anew n`, `shared`. */
function verdicts(steps: readonly (number | 'peer')[], sequences = new Sequences()): (number | string)[] {
  let changes = 0;
  return steps.flatMap((step): (number | string)[] => {
    if (step === 'peer') {
      changes++;
      return [];
    }
    const verdict = sequences.judge('a', step, changes);
    if (verdict.kind === 'next') return [0];
    if (verdict.kind === 'missed') return [verdict.missed];
    return [verdict.kind === 'anew' ? `anew ${verdict.missed}` : 'shared'];
  });
}

describe('the numbers of a publisher', () => {
  it.each<[string, (number | 'peer')[], (number | string)[]]>([
    ['ascending by one miss nothing', [1, 2, 3], [0, 0, 0]],
    ['may begin anywhere when first heard', [41, 42], [0, 0]],
    ['jump by what is missing', [1, 2, 6, 7, 9], [0, 0, 3, 0, 1]],
    ['jump over a reconnect too', [1, 2, 'peer', 'peer', 6], [0, 0, 3]],
    ['go on over a reconnect with nothing missing', [1, 'peer', 'peer', 2], [0, 0]],
    ['begin anew at 1 after a peer has come', [8, 9, 'peer', 1, 2], [0, 0, 'anew 0', 0]],
    ['begin anew at 0, too', [0, 1, 'peer', 0, 1], [0, 0, 'anew 0', 0]],
    ['begin anew above 1 with what lies before it missing', [8, 9, 'peer', 4, 5], [0, 0, 'anew 3', 0]],
    ['that were once begun at 0 are missing from 0 on', [0, 1, 2, 'peer', 2], [0, 0, 0, 'anew 2']],
    [
      'that come again and again with one message each miss nothing',
      [1, 'peer', 1, 'peer', 1],
      [0, 'anew 0', 'anew 0'],
    ],
    [
      'that fall back without a peer are of several publishers',
      [8, 3, 9, 4],
      [0, 'shared', 'shared', 'shared'],
    ],
    ['that come twice without a peer, too', [8, 8, 9], [0, 'shared', 'shared']],
    [
      'that go on from before after beginning anew are of several',
      [8, 'peer', 1, 9, 2],
      [0, 'anew 0', 'shared', 'shared'],
    ],
    ['that have begun anew are followed from there', [8, 'peer', 1, 2, 5], [0, 'anew 0', 0, 2]],
  ])('%s', (_, steps, expected) => {
    expect(verdicts(steps)).toEqual(expected);
  });

  it('are followed for each channel by itself, and one that several number is counted once', () => {
    const sequences = new Sequences();
    for (const sequence of [5, 5, 5]) sequences.judge('shared', sequence, 0);
    sequences.judge('a', 1, 0);
    sequences.judge('b', 7, 0);
    expect(sequences.judge('a', 3, 0)).toEqual({ kind: 'missed', missed: 1 });
    expect(sequences.judge('b', 8, 0)).toEqual({ kind: 'next' });
    expect(sequences.shared).toBe(1);
  });

  it('of the channel longest unheard are forgotten when there are too many', () => {
    const sequences = new Sequences(2);
    for (const [channel, n] of [
      ['a', 1],
      ['b', 5],
      ['a', 2],
      ['c', 5],
    ] as const)
      sequences.judge(channel, n, 1);
    expect(sequences.judge('a', 5, 1)).toEqual({ kind: 'missed', missed: 2 });
    expect(sequences.judge('b', 9, 1)).toEqual({ kind: 'next' });
  });

  it('of one publisher, whatever is lost and whenever it reconnects, come to all that was sent from the first heard to the last', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('heard', 'lost', 'peer')), fc.nat(5), (steps, from) => {
        const sequences = new Sequences();
        let [sent, changes, missed] = [from, 0, 0];
        const heard: number[] = [];
        for (const step of steps) {
          if (step === 'peer') changes++;
          else sent++;
          if (step !== 'heard') continue;
          const verdict = sequences.judge('a', sent, changes);
          expect(['next', 'missed']).toContain(verdict.kind);
          if (verdict.kind === 'missed') missed += verdict.missed;
          heard.push(sent);
        }
        const [first = 0] = heard;
        expect(heard.length + missed).toBe(heard.length === 0 ? 0 : (heard.at(-1) as number) - first + 1);
      }),
    );
  });
});
