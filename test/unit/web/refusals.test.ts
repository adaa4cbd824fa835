import { expect, it } from 'vitest';
import { REFUSALS } from '../../../server/src/web/entry/refusals.ts';

it.each(Object.values(REFUSALS))(
  'the refusal $status $code says what is wrong and what to do',
  ({ reason, remedy }) => {
    expect(reason).toMatch(/^[A-Z].*\.$/);
    expect(remedy).toMatch(/^[A-Z].*\.$/);
  },
);
