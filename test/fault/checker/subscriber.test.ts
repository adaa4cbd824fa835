import type { ReplayRequest } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import type { Line } from '../trace.ts';
import type { Kind } from './findings.ts';
import {
  asked,
  EPOCH,
  entries,
  entry,
  gap,
  given,
  granted,
  judge,
  log,
  NEXT,
  RESTART,
  subscriber,
  WELCOME,
} from './traces.ts';

describe('the checker finds nothing', () => {
  it.each<[string, Line[]]>([
    ['in everything once and in order', [given(3), given(4), given(5), given(6)]],
    ['in a hole that a gap tells', [given(3), gap(4, 5, { missed: 2 }), given(6)]],
    ['where a closed subscriber got no more', [given(3), { t: 'closed', s: 'c1/s' }]],
    ['in a queue that dropped and told how many', [gap(3, 5, { reason: 'queue', missed: 3 }), given(6)]],
  ])('%s', (_, lines) => {
    expect(subscriber(...lines)).toEqual([]);
  });

  it('in a restart, when the end of the old log is reported and the new one comes whole', () => {
    const server = [log(), ...entries(1, 4), log(NEXT), entry(1, 'a', { p: 'native:x', n: 5 })];
    const restart = gap(4, null, { reason: 'restart' });
    const client = [
      WELCOME,
      asked(['a']),
      granted(2),
      given(3),
      RESTART,
      restart,
      given(1, 'a', { e: NEXT }),
    ];
    expect(judge(server, client).kinds).toEqual([]);
  });

  it('in a log that never greeted the client', () => {
    const server = [
      log(),
      ...entries(1, 3),
      log('epoch-x'),
      entry(1, 'a', { p: 'native:x', n: 4 }),
      log(NEXT),
    ];
    const client = [
      WELCOME,
      asked(['a']),
      granted(2),
      given(3),
      RESTART,
      gap(4, null, { reason: 'restart' }),
    ];
    expect(judge(server, client).kinds).toEqual([]);
  });

  it('in two subscriptions of one subscriber that are given turn by turn', () => {
    const server = [log(), entry(1), entry(2, 'b'), entry(3), entry(4, 'b')];
    const client = [WELCOME, asked(['a']), granted(0), asked(['b'], { a: 1 }), granted(0, { a: 1 })];
    expect(judge(server, [...client, given(1), given(3), given(2, 'b'), given(4, 'b')]).kinds).toEqual([]);
  });

  it('in the last two of a channel and what follows', () => {
    const client = [
      WELCOME,
      asked(['a'], { replay: { last: 2 } }),
      granted(4),
      ...[3, 4, 5, 6].map((o) => given(o)),
    ];
    expect(judge([log(), ...entries(1, 6)], client).kinds).toEqual([]);
  });
});

describe('the checker finds what a subscriber suffered:', () => {
  it.each<[Kind, string, Line[]]>([
    ['lost-prefix', 'its first is not given', [given(4), given(5), given(6)]],
    ['lost-middle', 'one between is not given (an unmarked skip)', [given(3), given(5), given(6)]],
    ['lost-postfix', 'its last is never given (unseen)', [given(3), given(4), given(5)]],
    ['duplicate', 'one is given twice', [given(3), given(4), given(4), given(5), given(6)]],
    ['reordered', 'one comes after its successor', [gap(3, 5), given(6), given(5)]],
    ['divergent', 'another text is given', [given(3, 'a', { h: 'h4' }), given(4), given(5), given(6)]],
    [
      'divergent',
      'a message is not as it was made',
      [given(3, 'a', { ok: false }), given(4), given(5), given(6)],
    ],
    ['phantom', 'what was never appended is given', [given(3), given(4), given(5), given(6), given(7)]],
    [
      'unasked',
      'what lies before its beginning is given',
      [given(2), given(3), given(4), given(5), given(6)],
    ],
    ['false-gap', 'a gap has nothing missing in it', [gap(3, 3), given(3), given(4), given(5), given(6)]],
    ['false-gap', 'a gap is told too late', [given(3), given(4), gap(4, 4), given(5), given(6)]],
    [
      'false-gap',
      'a log is said to have ended that goes on',
      [given(3), given(4), given(5), given(6), gap(7, null, { reason: 'restart' })],
    ],
    ['miscounted', 'a gap counts too many', [given(3), gap(4, 4, { missed: 2 }), given(5), given(6)]],
    ['miscounted', 'a queue counts too few', [gap(3, 5, { reason: 'queue', missed: 2 }), given(6)]],
    [
      'subscriber-ended',
      'it ends by itself',
      [given(3), given(4), given(5), given(6), { t: 'ended', s: 'c1/s', code: 'bad-id' }],
    ],
  ])('%s: %s', (kind, _, lines) => {
    expect(new Set(subscriber(...lines))).toEqual(new Set([kind]));
  });

  it('false-gap: what the log holds is said to be lost', () => {
    const lines = [WELCOME, asked(['a']), granted(0), gap(1, 2, { missed: 2 }), given(3)];
    expect(judge([log(), ...entries(1, 3)], lines).kinds).toEqual(['false-gap']);
    const [first, , ...others] = lines as [Line, Line, ...Line[]];
    const latest: Line = {
      t: 'asked',
      s: 'c1/s',
      a: 0,
      set: { channels: ['a'], prefixes: [] },
      onLag: 'latest',
    };
    const lag = others.map((line) => (line.t === 'gap' ? gap(1, 2, { reason: 'lag', missed: 2 }) : line));
    expect(judge([log(), ...entries(1, 3)], [first, latest, ...lag]).kinds).toEqual([]);
  });

  it('subscriber-ended: it was never granted', () => {
    expect(judge([log()], [WELCOME, asked(['a'])]).kinds).toEqual(['subscriber-ended']);
  });

  it('restart-unreported: the end of the old log is not reported, of which nothing was lost', () => {
    const server = [log(), ...entries(1, 3), log(NEXT), entry(1, 'a', { p: 'native:x', n: 4 })];
    const client = [WELCOME, asked(['a']), granted(2), given(3), RESTART, given(1, 'a', { e: NEXT })];
    expect(judge(server, client).kinds).toEqual(['restart-unreported']);
  });

  it('lost-middle: the end of the old log is not reported', () => {
    const server = [log(), ...entries(1, 4), log(NEXT), entry(1, 'a', { p: 'native:x', n: 5 })];
    const client = [WELCOME, asked(['a']), granted(2), given(3), RESTART, given(1, 'a', { e: NEXT })];
    expect(judge(server, client).kinds).toEqual(['lost-middle', 'restart-unreported']);
  });

  it('lost-middle: the new log is not given from its beginning', () => {
    const restarted = [1, 2].map((o) => entry(o, 'a', { p: 'native:x', n: 4 + o }));
    const client = [
      WELCOME,
      asked(['a']),
      granted(2),
      given(3),
      RESTART,
      gap(4, null, { reason: 'restart' }),
    ];
    expect(
      judge([log(), ...entries(1, 4), log(NEXT), ...restarted], [...client, given(2, 'a', { e: NEXT })])
        .kinds,
    ).toEqual(['lost-middle']);
  });

  it('unasked: another channel that begins like the one it asked for', () => {
    expect(judge([log(), entry(1, 'ab')], [WELCOME, asked(['a']), granted(0), given(1, 'ab')]).kinds).toEqual(
      ['unasked'],
    );
  });

  it('unasked: what it had taken away', () => {
    const removed: Line = { t: 'removed', s: 'c1/s', set: { channels: ['b'], prefixes: [] } };
    const client = [WELCOME, asked(['a', 'b']), granted(0), given(1), removed, given(2, 'b')];
    expect(judge([log(), entry(1), entry(2, 'b')], client).kinds).toEqual(['unasked']);
  });

  it('duplicate: by two subscriptions of one subscriber', () => {
    const client = [
      WELCOME,
      asked(['a']),
      granted(0),
      asked(['a'], { a: 1 }),
      granted(0, { a: 1 }),
      given(1),
      given(1),
    ];
    expect(judge([log(), entry(1)], client).kinds).toEqual(['duplicate']);
  });

  it('lost-middle: by a subscriber with two subscriptions', () => {
    const client = [
      WELCOME,
      asked(['a']),
      granted(0),
      asked(['b'], { a: 1 }),
      granted(0, { a: 1 }),
      given(2, 'b'),
    ];
    expect(judge([log(), entry(1), entry(2, 'b')], client).kinds).toEqual(['lost-middle']);
  });

  it('lost-prefix: of the history that it asked for', () => {
    const since = (replay: ReplayRequest): Kind[] => {
      const client = [WELCOME, asked(['a'], { replay }), granted(4), ...[4, 5, 6].map((o) => given(o))];
      return judge([log(), ...entries(1, 6)], client).kinds;
    };
    expect(since({ since: { epoch: EPOCH, offset: 2 } })).toEqual(['lost-prefix']);
    expect(since({ last: 2 })).toEqual(['lost-prefix']);
    expect(since({ last: 1 })).toEqual([]);
  });
});

/** One subscriber to `a`, of a log in which 2 says that four messages were lost before it. */
function upstream(...lines: readonly Line[]): Kind[] {
  const server: Line[] = [log(), entry(1), { t: 'upstream', o: 2, c: 'a', m: 4 }, entry(3), entry(4)];
  return judge(server, [WELCOME, asked(['a']), granted(0), ...lines], false).kinds;
}

function reported(from = 2, to = 2): Line {
  return gap(from, to, { reason: 'upstream', missed: 4 });
}

describe('the checker takes an upstream gap as an entry of the log:', () => {
  it('finds nothing when it is reported once and in order, alone or joined with others', () => {
    expect(upstream(given(1), reported(), given(3), given(4))).toEqual([]);
    expect(upstream(given(1), reported(1, 3), given(3), given(4))).toEqual([]);
    expect(upstream(gap(1, 1, { reason: 'queue', missed: 1 }), reported(), given(3), given(4))).toEqual([]);
  });

  it('counts what it reported where it is lost itself', () => {
    expect(upstream(gap(1, 3, { missed: 6 }), given(4))).toEqual([]);
    expect(upstream(gap(1, 3, { missed: 3 }), given(4))).toEqual(['miscounted']);
  });

  it.each<[Kind, string, Line[]]>([
    ['lost-middle', 'it is not told', [given(1), given(3), given(4)]],
    ['duplicate', 'it is reported twice', [given(1), reported(), reported(), given(3), given(4)]],
    ['false-gap', 'there is none', [given(1), reported(), reported(3, 4), given(3), given(4)]],
    ['lost-prefix', 'a queue says that it dropped it', [gap(1, 3, { reason: 'queue', missed: 2 }), given(4)]],
    ['phantom', 'it is given as a publication', [given(1), reported(), given(2), given(3), given(4)]],
  ])('%s: %s', (kind, _, lines) => {
    expect(new Set(upstream(...lines))).toEqual(new Set([kind]));
  });
});
