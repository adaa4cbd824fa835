import { VERDICTS } from '@zerospan/shared';
import * as Type from '../../../../../schema.ts';
import { nullable, time } from './words.ts';

export const ExplainQuery = Type.Object(
  {
    offset: Type.String({
      description: 'The position of the publication, `EPOCH_OFFSET`, as events and history name it.',
    }),
    client: Type.String({
      minLength: 1,
      maxLength: 128,
      description: 'The `ref` of the client, or the id of one of its sessions.',
    }),
  },
  { additionalProperties: false },
);
export type ExplainQuery = Type.Static<typeof ExplainQuery>;

export const ExplanationSchema = Type.Object({
  position: Type.String({ description: '`EPOCH_OFFSET`.' }),
  client: Type.String({ description: 'The `ref` of the client.' }),
  verdict: Type.Enum([...VERDICTS]),
  sentence: Type.String({ description: 'For people.' }),
  evidence: Type.Array(
    Type.Object({
      time: nullable(Type.Integer({ minimum: 0 }), 'In ms since 1970; null: it has no time of its own.'),
      text: Type.String(),
    }),
    { description: 'What it follows from, in order of time; the newest 20.' },
  ),
  channel: Type.Optional(Type.String({ description: 'Left out: not known any more.' })),
  time: Type.Optional(time('When it was published')),
});
