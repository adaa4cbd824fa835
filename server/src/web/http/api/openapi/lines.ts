import { GAP_REASONS } from '@zerospan/shared';
import { PROBLEM_REF } from './answers.ts';

/** The lines and events that the API writes, as it describes them. No request is checked by these. */

const Epoch = { type: 'string', description: 'The log that the offsets belong to.' } as const;
const Offset = { type: 'integer', minimum: 1 } as const;
const Bound = { type: ['integer', 'null'], description: 'null: not known.' } as const;

const PublicationSchema = {
  type: 'object',
  description: 'A publication.',
  properties: {
    channel: { type: 'string', description: 'The channel.' },
    epoch: Epoch,
    offset: { ...Offset, description: 'Its number in the log, over all channels.' },
    time: { type: 'integer', description: 'When it was appended, in ms since 1970.' },
    message: { description: 'The payload as it was put, with raw line ends as spaces.' },
  },
  required: ['channel', 'epoch', 'offset', 'time', 'message'],
  additionalProperties: false,
} as const;

const GapSchema = {
  type: 'object',
  description: 'Publications that this client cannot be given.',
  properties: {
    gap: {
      type: 'object',
      properties: {
        reason: { enum: GAP_REASONS, description: 'Why, as in PROTOCOL.md.' },
        epoch: Epoch,
        from: { ...Bound, description: 'The first offset that is missing; null: not known.' },
        to: { ...Bound, description: 'The last offset that is missing; null: not known.' },
        missed: { ...Bound, description: 'The number of publications that are missing; null: not known.' },
        channel: { type: 'string', description: 'Of a loss upstream alone: the channel.' },
      },
      required: ['reason', 'epoch', 'from', 'to', 'missed'],
      additionalProperties: false,
    },
  },
  required: ['gap'],
  additionalProperties: false,
} as const;

/** Schemas of the document that others refer to, by name. */
export const LINE_SCHEMAS: Readonly<Record<string, object>> = {
  Publication: PublicationSchema,
  Gap: GapSchema,
};

const PUBLICATION_REF = { $ref: '#/components/schemas/Publication' } as const;
const GAP_REF = { $ref: '#/components/schemas/Gap' } as const;

export const NDJSON = 'application/x-ndjson';

/** A body of lines, each of which is one of these. OpenAPI 3.1 knows no media type of lines: it is a text. */
export function linesOf(description: string, ...some: readonly object[]): object {
  return {
    type: 'string',
    description,
    contentMediaType: NDJSON,
    contentSchema: { type: 'array', items: some.length === 1 ? some[0] : { oneOf: some } },
  };
}

/** An object with one member. */
function one(name: string, value: object): object {
  return { type: 'object', properties: { [name]: value }, required: [name], additionalProperties: false };
}

export const HistoryLines = [PUBLICATION_REF, GAP_REF] as const;

export const EventLines = [
  PUBLICATION_REF,
  GAP_REF,
  one('position', { type: 'string', description: 'The position now, EPOCH_OFFSET.' }),
  one('retry', { type: 'integer', minimum: 0, description: 'When to reconnect, in ms after the end.' }),
  one('problem', PROBLEM_REF),
] as const;

/** @param Accepted what an accepted put is answered @param Confirmed its receipt */
export const putAnswerLines = (Accepted: object, Confirmed: object): readonly object[] => {
  const line = { type: 'integer', minimum: 1, description: 'The number of the line, from 1.' };
  const answer = (name: string, value: object, required: readonly string[]) => ({
    type: 'object',
    properties: { line, [name]: value },
    required,
    additionalProperties: false,
  });
  return [
    answer('accepted', Accepted, ['line', 'accepted']),
    answer('confirmed', Confirmed, ['line', 'confirmed']),
    // Without a line: why the answer ends.
    answer('problem', PROBLEM_REF, ['problem']),
  ];
};
