import { type Bus, type Position, type PutResult, ZerospanError } from '@zerospan/client';
import type { Path } from '../../data/json-path.ts';

/** How long a question without an end may wait for the server to accept it, in ms. */
const ACCEPT_MS = 10_000;

/** A question as somebody writes it into the form. */
export interface QuestionDraft {
  readonly question: string;
  /** Each on a line of its own, or between commas. Empty: whatever the voters say. */
  readonly options: string;
  /** In place of both: the message as JSON. */
  readonly json?: string;
}

export const NO_DRAFT: QuestionDraft = { question: '', options: '' };

/** The draft of a question that was put, to ask it again. */
export function draftOf(message: unknown): QuestionDraft {
  const { question, options, ...others } = (message ?? {}) as Readonly<Record<string, unknown>>;
  const isPlain = typeof question === 'string' && Object.keys(others).length <= 1;
  if (!isPlain) return message === undefined ? NO_DRAFT : { ...NO_DRAFT, json: JSON.stringify(message) };
  const named = Array.isArray(options) ? options.filter((option) => typeof option === 'string') : [];
  return { question, options: named.join(', ') };
}

/** Random, 96 bits. `randomUUID` is there in secure contexts only. */
export function newQuestionId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}

/** The message of a draft with its id, or what is wrong with it. */
export function messageOf(
  draft: QuestionDraft,
  idPath: Path,
  id: string,
): { readonly message: unknown } | { readonly fault: string } {
  const { question, options, json } = draft;
  const choices = options.split(/[,\n]/).map((option) => option.trim());
  const named = [...new Set(choices.filter((option) => option !== ''))];
  let plain: unknown = { question: question.trim(), ...(named.length > 0 && { options: named }) };
  if (json === undefined && question.trim() === '') return { fault: 'Write a question first.' };
  try {
    if (json !== undefined) plain = JSON.parse(json);
  } catch {
    return { fault: 'The message is not JSON.' };
  }
  const isObject = typeof plain === 'object' && plain !== null && !Array.isArray(plain);
  const message = isObject && idPath.length > 0 ? withPath(plain, idPath, id) : undefined;
  if (message === undefined)
    return { fault: 'The message is an object, so that the question’s id can be put into it.' };
  return { message };
}

/** What became of a question: put on all its channels, or perhaps so. */
export type Asked =
  | {
      readonly kind: 'accepted';
      /** Of its first copy. */
      readonly at: Position;
      readonly results: readonly PutResult[];
      /** What became of its other puts. */
      readonly errors: readonly Error[];
    }
  /** Nobody knows whether it was appended. The log says it, from `before` on. */
  | { readonly kind: 'outcome-unknown'; readonly before: Position }
  | { readonly kind: 'refused'; readonly error: Error };

/**
 * Asks on all channels, in as many puts as that takes. By a poll, because that calls a question off that no server
 * accepts in its time: it must not be asked an hour later.
 */
export async function ask(
  bus: Bus,
  puts: readonly (readonly string[])[],
  message: unknown,
  durationMs: number,
): Promise<Asked> {
  const before = bus.position;
  const polls = puts.map((channels) => bus.poll(channels, message, { timeoutMs: durationMs || ACCEPT_MS }));
  const settled = await Promise.allSettled(polls.map((poll) => poll.question));
  // Answers are counted from the log, by every page that has the address.
  await Promise.all(polls.map((poll) => poll.close()));
  const results = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const errors = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason as Error] : []));
  const [first] = results.toSorted((a, b) => offsetOf(a) - offsetOf(b));
  if (first !== undefined)
    return { kind: 'accepted', at: { epoch: first.epoch, offset: offsetOf(first) }, results, errors };
  const isUnknown = errors.some(
    (error) => error instanceof ZerospanError && error.code === 'outcome-unknown',
  );
  if (isUnknown && before !== undefined) return { kind: 'outcome-unknown', before };
  return { kind: 'refused', error: errors[0] ?? new ZerospanError('no-channels') };
}

function offsetOf({ channels: [first] }: PutResult): number {
  return first?.offset ?? 0;
}

/** A copy with something else at a path of names; undefined: what lies on the way is no object. */
function withPath(value: unknown, path: Path, put: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return put;
  if (typeof step !== 'string' || typeof value !== 'object' || value === null || Array.isArray(value))
    return undefined;
  const inner = Object.hasOwn(value, step) ? (value as Record<string, unknown>)[step] : {};
  const replaced = withPath(inner, rest, put);
  return replaced === undefined
    ? undefined
    : Object.fromEntries([...Object.entries(value), [step, replaced]]);
}
