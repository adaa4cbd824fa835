import { describe, expect, it } from 'vitest';
import {
  NO_VOTE,
  readVoteAddress,
  rulesOf,
  type VoteAddress,
  voteParams,
} from '../../../../../client/console/src/screens/votes/address.ts';

/** As the router of the console writes addresses. */
function written(vote: VoteAddress): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(voteParams(vote)))
    for (const one of Array.isArray(value) ? (value as string[]) : [value])
      if (one !== undefined && one !== '') query.append(name, String(one));
  return query;
}

describe('the address of a vote', () => {
  it.each<[string, Partial<VoteAddress>]>([
    ['', {}],
    ['p=vote.', { prefix: 'vote.' }],
    ['all=1', { prefix: '' }],
    ['choice=.', { choice: '' }],
    [
      'c=a&c=b&choice=answer.option%5B0%5D&voter=who&who=Ann+Lee&who=Bob&keep=latest&at=e_1_0000000000000042&id=q&idpath=ref&ms=5000&wall=1',
      {
        channels: ['a', 'b'],
        choice: 'answer.option[0]',
        voter: 'who',
        expected: ['Ann Lee', 'Bob'],
        keep: 'latest',
        at: { epoch: 'e_1', offset: 42 },
        id: 'q',
        idPath: 'ref',
        durationMs: 5_000,
        isWall: true,
      },
    ],
  ])('%s', (text, parts) => {
    const vote = { ...NO_VOTE, ...parts };
    expect(written(vote).toString()).toBe(text);
    expect(readVoteAddress(new URLSearchParams(text))).toEqual(vote);
  });

  it.each([
    'at=e',
    'at=_1',
    'at=e_',
    'at=e_-1',
    'at=e_99999999999999999',
    'ms=x',
    'ms=-1',
    'keep=?',
    'id=',
    'c=',
  ])('%s is as if it were left out', (text) => {
    expect(readVoteAddress(new URLSearchParams(text))).toEqual(NO_VOTE);
  });

  it('says the rules, or which path is none', () => {
    const vote = { ...NO_VOTE, channels: ['a'], at: { epoch: 'e', offset: 7 } };
    expect(rulesOf(vote)).toEqual({
      choice: ['choice'],
      channels: ['a'],
      expected: [],
      keep: 'first',
      durationMs: 0,
    });
    expect(rulesOf({ ...vote, id: 'q' })).toMatchObject({
      question: { id: 'q', idPath: ['id'], at: vote.at },
    });
    expect(rulesOf({ ...vote, id: 'q' }, '"text"')).toMatchObject({ question: { text: '"text"' } });
    expect(rulesOf({ ...vote, choice: 'a[' })).toEqual({ fault: expect.any(String) });
  });
});
