import type { Poll } from '@zerospan/client';

/** Where the demo's group hears the running result. */
export const GROUP = 'demo.group';

export const BOTS = 12;

/** The bot that takes part through plain ZeroMQ. */
export const NATIVE_BOT = 12;

/** All bots have a channel of their own below it: each is asked there, and votes there. */
export const DIRECT = 'demo.direct.';

export const directChannel = (bot: number): string => `${DIRECT}${bot}`;

export const botOf = (channel: string): number => Number(channel.slice(DIRECT.length));

export const directChannels: readonly string[] = Array.from({ length: BOTS }, (_, i) => directChannel(i + 1));

export const QUESTIONS = [
  'Shall we ship it on Friday?',
  'Are tabs better than spaces?',
  'Should the build server have a name?',
  'Is it time for lunch?',
  'May bots vote?',
] as const;

export const CHOICES = ['yes', 'no'] as const;
export type Choice = (typeof CHOICES)[number];

/** What the group sends to each direct channel. */
export interface Question {
  /** Of this question alone: so no late vote on another one counts, nor one of another demo on the same bus. */
  readonly id: string;
  readonly question: string;
  readonly options: readonly Choice[];
}

/** What a bot answers on its own channel. */
export interface Vote {
  /** Of the question. */
  readonly id: string;
  readonly choice: Choice;
}

/** The running result, on the group's channel after each vote. */
export interface Tally {
  readonly question: string;
  readonly yes: number;
  readonly no: number;
  readonly waiting: number;
  readonly final: boolean;
}

export function questionIn(message: unknown): Question | undefined {
  const { options } = (message ?? {}) as Partial<Question>;
  return options === undefined ? undefined : (message as Question);
}

export function voteIn(message: unknown, { id }: Pick<Question, 'id'>): Vote | undefined {
  const vote = (message ?? {}) as Partial<Vote>;
  return vote.id === id && vote.choice !== undefined ? (vote as Vote) : undefined;
}

/** Where a poll of the bots stands; nobody may vote any more once it is final. */
export function tallyOf(poll: Pick<Poll, 'tally'>, { question }: Question, isOver: boolean): Tally {
  const votes = poll.tally(({ message }) => (message as Vote).choice);
  const [yes, no] = CHOICES.map((choice) => votes.get(choice) ?? 0) as [number, number];
  const waiting = BOTS - yes - no;
  return { question, yes, no, waiting, final: isOver || waiting === 0 };
}
