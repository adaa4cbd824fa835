import { STATUS_CODES } from 'node:http';
import { REFUSALS } from '../../../entry/refusals.ts';
import { PROBLEM_TYPE, type Problem } from '../../problem.ts';
import { PROBLEMS } from '../problems.ts';

/** What an operation answers with one status. */
export interface Answer {
  readonly description: string;
  readonly headers?: Readonly<Record<string, object>>;
  /** By media type. Left out: there is no body. */
  readonly content?: Readonly<Record<string, { readonly schema: object }>>;
  /** For `@fastify/swagger`: there is no body. */
  readonly type?: 'null';
}

/** Every problem by which a request to the API may fail, by a name that is unique. */
const LISTED = {
  ...PROBLEMS,
  'origin-refused': REFUSALS['origin-refused'],
  'host-refused': REFUSALS['host-refused'],
  'proxy-only': REFUSALS['proxy-only'],
  connectionsPerAddress: REFUSALS.connectionsPerAddress,
  handshakesPerS: REFUSALS.handshakesPerS,
} as const satisfies Readonly<Record<string, Problem>>;

export type ProblemName = keyof typeof LISTED;

/** Of the guard, and of the server itself: every request may fail with these. */
const ALWAYS = ['bad-request', 'origin-refused', 'host-refused', 'proxy-only', 'failed'] as const;

/** Of what finds out who makes a request. A gate of an application's own may say others. */
export const IDENTITY_PROBLEMS = [
  'unauthorized',
  'token-expired',
  'revoked',
  'key-not-known',
  'gate-failed',
] as const;

/** A schema of the document that others refer to. */
export const PROBLEM_REF = { $ref: '#/components/schemas/Problem' } as const;

/**
 * The answers of an operation, by status.
 * @param success what it answers that does not fail
 * @param problems by which it may fail beside those that every request may
 */
export function answersOf(
  success: Readonly<Record<number, Answer>>,
  problems: readonly ProblemName[],
): Record<number, Answer> {
  const byStatus = new Map<number, Problem[]>();
  for (const name of new Set<ProblemName>([...ALWAYS, ...problems])) {
    const problem: Problem = LISTED[name];
    byStatus.set(problem.status, [...(byStatus.get(problem.status) ?? []), problem]);
  }
  const failures = [...byStatus]
    .toSorted(([a], [b]) => a - b)
    .map(([status, some]) => [status, failure(status, some)]);
  return { ...success, ...(Object.fromEntries(failures) as Record<number, Answer>) };
}

function failure(status: number, problems: readonly Problem[]): Answer {
  const codes = [...new Set(problems.map(({ code }) => code))];
  const isPassing = problems.some(({ retryAfterS }) => retryAfterS !== undefined);
  return {
    description: [
      `${STATUS_CODES[status]}:`,
      ...problems.map(({ code, reason, remedy }) => `- \`${code}\`: ${reason} ${remedy}`),
    ].join('\n'),
    ...(isPassing && { headers: { 'Retry-After': RETRY_AFTER } }),
    ...(status === 401 && { headers: { 'WWW-Authenticate': AUTHENTICATE } }),
    content: {
      [PROBLEM_TYPE]: {
        schema: {
          allOf: [
            PROBLEM_REF,
            { type: 'object', properties: { status: { const: status }, code: { enum: codes } } },
          ],
        },
      },
    },
  };
}

const RETRY_AFTER = {
  type: 'integer',
  description:
    'The same request may succeed after this many seconds. Not every problem of this status has it.',
} as const;

const AUTHENTICATE = {
  type: 'string',
  const: 'Bearer',
  description: 'The scheme that the server takes.',
} as const;
