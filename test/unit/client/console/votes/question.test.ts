import { expect, it } from 'vitest';
import {
  draftOf,
  messageOf,
  newQuestionId,
} from '../../../../../client/console/src/screens/votes/question.ts';

it('a question is an object with its choices and its id', () => {
  const draft = { question: ' Lunch? ', options: 'yes, no,\nyes\n' };
  expect(messageOf(draft, ['id'], 'q')).toEqual({
    message: { question: 'Lunch?', options: ['yes', 'no'], id: 'q' },
  });
  expect(messageOf({ question: 'Lunch?', options: '' }, ['ref', 'id'], 'q')).toEqual({
    message: { question: 'Lunch?', ref: { id: 'q' } },
  });
});

it('it may be written as JSON, which gets the id', () => {
  const json = '{"do":"vote","id":"of the last one"}';
  expect(messageOf({ question: '', options: '', json }, ['id'], 'q')).toEqual({
    message: { do: 'vote', id: 'q' },
  });
});

it.each([
  [{ question: ' ', options: '' }, ['id']],
  [{ question: '', options: '', json: '[]' }, ['id']],
  [{ question: '', options: '', json: '{' }, ['id']],
  [{ question: 'Lunch?', options: '' }, []],
  [{ question: 'Lunch?', options: '' }, ['question', 'id']],
])('%j has a fault at the path %j', (draft, path) => {
  expect(messageOf(draft, path, 'q')).toEqual({ fault: expect.any(String) });
});

it('a question that was put can be asked again, as it was written', () => {
  expect(draftOf({ question: 'Lunch?', options: ['yes', 'no'], id: 'q' })).toEqual({
    question: 'Lunch?',
    options: 'yes, no',
  });
  const other = { do: 'vote', id: 'q' };
  expect(draftOf(other)).toEqual({ question: '', options: '', json: '{"do":"vote","id":"q"}' });
  expect(draftOf(undefined)).toEqual({ question: '', options: '' });
});

it('ids of questions differ', () => {
  expect(newQuestionId()).toMatch(/^[\da-f]{24}$/);
  expect(newQuestionId()).not.toBe(newQuestionId());
});
