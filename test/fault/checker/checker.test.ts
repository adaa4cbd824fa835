import { describe, expect, it } from 'vitest';
import type { Line } from '../trace.ts';
import { Checker } from './checker.ts';
import type { Kind } from './findings.ts';
import { asked, EPOCH, entries, entry, given, granted, judge, log, NEXT, WELCOME } from './traces.ts';

/** A put of c1 on two channels, and what the log has of it. */
function puts(copies: readonly Line[], ...answers: readonly Line[]): Kind[] {
  return judge([log(), ...copies], [{ t: 'put', p: 'put:c1', n: 1, c: ['a', 'b'] }, ...answers]).kinds;
}

function copy(o: number, c: string, n = 1): Line {
  return entry(o, c, { p: 'put:c1', n });
}

function accepted(o: readonly number[], n = 1, e = EPOCH): Line {
  return { t: 'accepted', p: 'put:c1', n, e, o };
}

function refused(code: string): Line {
  return { t: 'refused', p: 'put:c1', n: 1, code };
}

describe('the checker judges puts:', () => {
  it('finds nothing where the answer says what is', () => {
    expect(puts([copy(1, 'a'), copy(2, 'b')], accepted([1, 2]))).toEqual([]);
    expect(puts([copy(1, 'a'), copy(2, 'b')], refused('outcome-unknown'))).toEqual([]);
    expect(puts([], refused('outcome-unknown'))).toEqual([]);
    expect(puts([], refused('draining'))).toEqual([]);
  });

  it.each<[Kind, string, Line[], Line[]]>([
    ['accepted-not-appended', 'it is nowhere', [], [accepted([1, 2])]],
    ['accepted-not-appended', 'it is elsewhere', [copy(1, 'a'), copy(2, 'b')], [accepted([2, 1])]],
    ['accepted-not-appended', 'on one of two channels', [copy(1, 'a')], [accepted([1])]],
    [
      'appended-twice',
      'in one log',
      [copy(1, 'a'), copy(2, 'b'), copy(3, 'a'), copy(4, 'b')],
      [accepted([1, 2])],
    ],
    [
      'appended-twice',
      'in two logs',
      [copy(1, 'a'), copy(2, 'b'), log(NEXT), copy(1, 'a'), copy(2, 'b')],
      [accepted([1, 2], 1, NEXT)],
    ],
    ['refused-yet-appended', 'it was refused', [copy(1, 'a'), copy(2, 'b')], [refused('draining')]],
    ['put-in-part', 'on one of two channels', [copy(1, 'a')], [refused('outcome-unknown')]],
    ['unanswered', 'nobody says what became of it', [], []],
  ])('%s: %s', (kind, _, copies, answers) => {
    expect(new Set(puts(copies, ...answers))).toEqual(new Set([kind]));
  });

  it('takes what the next server reads of the log that it keeps for what was there before', () => {
    const both = [copy(1, 'a'), copy(2, 'b')];
    expect(puts([...both, log(), ...both], accepted([1, 2]))).toEqual([]);
    expect(puts([copy(1, 'a'), log(), ...both], accepted([1, 2]))).toEqual([]);
    expect(puts([...both, entry(3), log(), ...both, copy(3, 'b')], accepted([1, 2]))).toEqual([
      'overwritten',
    ]);
  });

  it('appended-twice: after it was answered and judged', () => {
    const checker = new Checker({ holdsHistory: true });
    const put: Line = { t: 'put', p: 'put:c1', n: 1, c: ['a'] };
    for (const line of [log(), copy(1, 'a'), put, accepted([1]), copy(2, 'a')]) checker.take('x', line);
    expect([...checker.end().counts.keys()]).toEqual(['appended-twice']);
  });

  it('put-reordered: two of one client', () => {
    const both: Line[] = [1, 2].map((n) => ({ t: 'put', p: 'put:c1', n, c: ['a'] }));
    const server = [log(), copy(1, 'a', 2), copy(2, 'a', 1)];
    expect(judge(server, [...both, accepted([2], 1), accepted([1], 2)]).kinds).toEqual(['put-reordered']);
  });

  it('foreign: in the log and never put', () => {
    expect(judge([log(), copy(1, 'a')], []).kinds).toEqual(['foreign']);
  });
});

describe('the checker judges the rest:', () => {
  it.each<[Kind, Line[]]>([
    ['foreign', [log(), { t: 'entry', o: 1, c: 'a', h: 'h1' }]],
    ['foreign', [log(), entry(1, 'a', { p: 'native:x', n: 2_000 })]],
    [
      'native-reordered',
      [log(), entry(1, 'a', { p: 'native:x', n: 2 }), entry(2, 'a', { p: 'native:x', n: 1 })],
    ],
    [
      'native-reordered',
      [log(), entry(1, 'a', { p: 'native:x', n: 2 }), entry(2, 'a', { p: 'native:x', n: 2 })],
    ],
    ['process-fault', [{ t: 'fault', text: 'a session failed' }]],
  ])('%s', (kind, server) => {
    expect(judge(server, []).kinds).toEqual([kind]);
  });

  it('is settled when nothing that is due is missing, and only then', () => {
    const { checker } = judge([log(), ...entries(1, 4)], [WELCOME, asked(['a']), granted(2), given(3)]);
    expect(checker.settled).toBe(false);
    expect(checker.unsettled).toEqual(['c1/s']);
    checker.take('c1', given(4));
    expect(checker.settled).toBe(true);
    checker.take('c1', { t: 'put', p: 'put:c1', n: 1, c: ['a'] });
    expect(checker.unsettled).toEqual(['put:c1']);
  });

  it('forgets what is settled, and goes on judging', () => {
    const many = 20_000;
    const checker = new Checker({ holdsHistory: true });
    const take = (line: Line): void => checker.take('c1', line);
    for (const line of [log(), WELCOME, asked(['a']), granted(0)]) take(line);
    for (let o = 1; o <= many; o++) {
      take(entry(o));
      if (o !== many - 1) take(given(o));
      if (o % 1_000 === 0) checker.forget();
    }
    expect(checker.held).toBeLessThan(many * 0.6);
    expect([...checker.findings.counts]).toEqual([['lost-middle', 1]]);
  });
});
