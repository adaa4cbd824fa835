import type { Gap, Publication } from '@zerospan/client';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type {
  QuestionMark,
  VoteRules,
} from '../../../../../client/console/src/screens/votes/counting/rules.ts';
import { CHOICES_MOST, Tally } from '../../../../../client/console/src/screens/votes/counting/tally.ts';

const RULES: VoteRules = { choice: ['choice'], keep: 'first', expected: [], channels: [], durationMs: 0 };
const MARK: QuestionMark = { id: 'q', idPath: ['id'], at: { epoch: 'e', offset: 10 } };
const ASKED: VoteRules = { ...RULES, durationMs: 1_000, question: MARK };
const QUESTION = { question: 'Lunch?', options: ['yes', 'no'], id: 'q' };

/** A log that counts its offsets from 10, a millisecond each unless told otherwise. */
class Scene {
  readonly tally: Tally;
  #offset = 9;
  time = 1_000;

  constructor(rules: VoteRules) {
    this.tally = new Tally(rules);
  }

  put(channel: string, message: unknown): this {
    this.tally.take(publication(channel, message, ++this.#offset, ++this.time));
    return this;
  }

  ask(...channels: string[]): this {
    for (const channel of channels) this.put(channel, QUESTION);
    return this;
  }

  answer(channel: string, choice: unknown, id = 'q'): this {
    return this.put(channel, { id, choice });
  }

  get bars(): Record<string, number> {
    return Object.fromEntries(this.tally.bars.map(({ choice, votes }) => [choice.label, votes]));
  }
}

describe('a vote that was asked for', () => {
  it('counts what answers its question, of the channels that were asked', () => {
    const scene = new Scene(ASKED).ask('a', 'b', 'c', 'd');
    scene.answer('a', 'yes').answer('b', 'no').answer('c', 'yes', 'the question before').answer('x', 'yes');
    expect(scene.bars).toEqual({ yes: 1, no: 1 });
    expect(scene.tally.missing).toEqual(['c', 'd']);
    expect([...scene.tally.strangers.keys()]).toEqual(['x']);
    expect(scene.tally.ignored).toMatchObject({ otherQuestion: 1, noChoice: 0 });
    expect(scene.tally.question).toMatchObject({ message: QUESTION, offset: 10 });
  });

  it('shows every choice that is offered, in its order, before the others', () => {
    const scene = new Scene(ASKED)
      .ask('a', 'b', 'c')
      .answer('a', 'maybe')
      .answer('b', 'no')
      .answer('c', 'maybe');
    expect(Object.keys(scene.bars)).toEqual(['yes', 'no', 'maybe']);
    expect(scene.bars).toEqual({ yes: 0, no: 1, maybe: 2 });
  });

  it('keeps the first vote of each, or the latest', () => {
    const vote = (keep: 'first' | 'latest') =>
      new Scene({ ...ASKED, keep }).ask('a', 'b').answer('a', 'yes').answer('a', 'no').answer('b', 'yes');
    expect(vote('first').bars).toEqual({ yes: 2, no: 0 });
    expect(vote('first').tally.ignored.again).toBe(1);
    expect(vote('latest').bars).toEqual({ yes: 1, no: 1 });
    expect(vote('latest').tally.series.standing('"yes"').at(-1)).toBe(1);
  });

  it('takes what comes after its end as late, by the time of the log', () => {
    const scene = new Scene(ASKED).ask('a', 'b', 'c');
    // The first copy was put at 1,001: this is the last millisecond.
    scene.time = 2_000;
    scene.answer('a', 'yes').answer('b', 'yes').answer('a', 'no');
    expect(scene.bars).toEqual({ yes: 1, no: 0 });
    expect([...scene.tally.late.keys()]).toEqual(['b']);
    expect(scene.tally.missing).toEqual(['c']);
  });

  it('counts a number and its text as two choices, and has a bound of choices', () => {
    const scene = new Scene({ ...RULES, question: MARK });
    const names = Array.from({ length: CHOICES_MOST + 10 }, (_, at) => `v${at}`);
    scene.ask(...names);
    for (const [at, name] of names.entries()) scene.answer(name, at % 2 === 0 ? at : `${at}`);
    // Two are offered, and had no vote.
    expect(scene.tally.bars).toHaveLength(CHOICES_MOST + 3);
    expect(scene.bars['Other choices']).toBe(10);
    expect(scene.tally.votes.size).toBe(CHOICES_MOST + 10);
  });

  it('has voters by a path, and finds those who are expected missing', () => {
    const rules = { ...ASKED, voter: ['who'], expected: ['Ann Lee', 'Bob', '7'] };
    const scene = new Scene(rules).ask('room');
    scene.put('room', { id: 'q', who: 'Ann Lee', choice: 'yes' }).put('room', { id: 'q', choice: 'yes' });
    scene.put('room', { id: 'q', who: 7, choice: 'no' }).put('room', { id: 'q', who: 'Eve', choice: 'no' });
    expect(scene.bars).toEqual({ yes: 1, no: 1 });
    expect(scene.tally.missing).toEqual(['Bob']);
    expect([...scene.tally.strangers.keys()]).toEqual(['Eve']);
    expect(scene.tally.ignored.noVoter).toBe(1);
  });

  it('is found by its text where its offset is not known', () => {
    const text = JSON.stringify(QUESTION);
    const scene = new Scene({ ...ASKED, question: { id: 'q', idPath: ['id'], text } });
    scene.put('a', 'something before').ask('a').answer('a', 'no');
    expect(scene.bars).toEqual({ yes: 0, no: 1 });
  });
});

describe('any vote', () => {
  const answer = fc.record({
    channel: fc.constantFrom('a', 'b', 'c', 'stranger'),
    choice: fc.constantFrom('yes', 'no', 3),
    id: fc.constantFrom('q', 'q', 'q', 'another'),
    waitMs: fc.nat(300),
  });

  it('is counted as by hand, one name after the other', () => {
    fc.assert(
      fc.property(
        fc.array(answer, { maxLength: 40 }),
        fc.constantFrom('first', 'latest'),
        (answers, keep) => {
          const scene = new Scene({ ...ASKED, keep }).ask('a', 'b', 'c');
          // The first copy was put at 1,001.
          const cast = answers.map(({ waitMs, ...rest }) => {
            scene.time += waitMs;
            scene.answer(rest.channel, rest.choice, rest.id);
            return { ...rest, isLate: scene.time > 2_001 };
          });
          const read = keep === 'first' ? cast : cast.toReversed();
          const valid = read.filter(({ id, channel }) => id === 'q' && channel !== 'stranger');
          const inTime = ['a', 'b', 'c'].flatMap((name) => {
            const vote = valid.find(({ channel, isLate }) => channel === name && !isLate);
            return vote === undefined ? [] : [{ name, choice: vote.choice }];
          });
          const count = (sought: unknown) => inTime.filter(({ choice }) => choice === sought).length;
          expect({ 3: 0, ...scene.bars }).toEqual({ yes: count('yes'), no: count('no'), 3: count(3) });
          const voted = new Set(inTime.map(({ name }) => name));
          const isLate = (name: string) => valid.some((vote) => vote.channel === name && vote.isLate);
          const missing = ['a', 'b', 'c'].filter((name) => !voted.has(name) && !isLate(name));
          expect(scene.tally.missing).toEqual(missing);
        },
      ),
    );
  });
});

describe('a vote of which something is lost', () => {
  it('takes nobody for missing whose vote may be lost', () => {
    const scene = new Scene(ASKED).ask('a', 'b', 'c').answer('a', 'yes');
    scene.tally.gap(gap({ reason: 'upstream', channel: 'b', filters: ['b'] }));
    expect(scene.tally.missing).toEqual(['c']);
    expect(scene.tally.unknown).toEqual(['b']);
    scene.tally.gap(gap({ reason: 'retention' }));
    expect(scene.tally.unknown).toEqual(['b', 'c']);
  });

  it('takes nothing of a new log for the question of the old one', () => {
    const mark = { ...MARK, at: { epoch: 'the log before', offset: 10 } };
    const scene = new Scene({ ...ASKED, channels: ['a'], question: mark });
    scene.tally.gap(gap({ reason: 'restart', epoch: 'the log before' }));
    scene.answer('a', 'yes');
    expect(scene.tally.isQuestionLost()).toBe(true);
    expect(scene.bars).toEqual({ yes: 1 });
  });

  it('takes no answer for the question that the log no longer holds', () => {
    const scene = new Scene({ ...ASKED, channels: ['a', 'b'] });
    scene.tally.gap(gap({ reason: 'retention' }));
    scene.put('a', 'x').answer('a', 'yes');
    expect(scene.tally.isQuestionLost()).toBe(true);
    expect(scene.bars).toEqual({ yes: 1 });
    expect(scene.tally.unknown).toEqual(['b']);
  });
});

describe('votes that nobody asked for here', () => {
  it('count from a place on, whatever is in them', () => {
    const scene = new Scene({ ...RULES, channels: ['a', 'b'] });
    scene.put('a', { choice: 'yes' }).put('a', 'no choice').put('a', { choice: 'no' });
    expect(scene.bars).toEqual({ yes: 1 });
    expect(scene.tally.missing).toEqual(['b']);
    expect(scene.tally.ignored).toMatchObject({ noChoice: 1, again: 1 });
  });

  it('may be the messages themselves, from any channel of a prefix', () => {
    const scene = new Scene({ ...RULES, choice: [], keep: 'latest' })
      .put('a', 'x')
      .put('b', 'y')
      .put('a', 'y');
    expect(scene.bars).toEqual({ y: 2, x: 0 });
    expect(scene.tally.missing).toEqual([]);
  });
});

function publication(channel: string, message: unknown, offset: number, time: number): Publication {
  return { channel, message, text: JSON.stringify(message), offset, epoch: 'e', time };
}

function gap(parts: Partial<Gap>): Gap {
  return { reason: 'lag', filters: [{ prefix: '' }], epoch: 'e', from: 1, to: 9, missed: null, ...parts };
}
