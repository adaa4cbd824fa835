import type { Poll } from '@zerospan/client';

/** Where the demo's group hears the running result. */
export const GROUP = 'demo.group';

export const BOTS = 12;

/** The bot that takes part through plain ZeroMQ. */
export const NATIVE_BOT = 12;

/** A bot's own channel: it is asked there, and answers there. */
export const directChannel = (bot: number): string => `demo.direct.${bot}`;

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

/** Names one question of one run of the demo, so that two runs on one bus do not count each other's votes. */
export interface Round {
  readonly run: string;
  readonly round: number;
}

/** What the group sends to each direct channel. */
export interface Instruction extends Round {
  readonly instruction: 'vote';
  readonly question: string;
  readonly choices: readonly Choice[];
}

/** What a bot answers on its own channel. */
export interface Vote extends Round {
  readonly vote: Choice;
  readonly bot: number;
}

/** The running result, on the group's channel after each vote. */
export interface Tally extends Round {
  readonly question: string;
  readonly yes: number;
  readonly no: number;
  readonly waiting: number;
  readonly final: boolean;
}

export function instructionIn(message: unknown): Instruction | undefined {
  const { instruction } = (message ?? {}) as Partial<Instruction>;
  return instruction === 'vote' ? (message as Instruction) : undefined;
}

export function voteIn(message: unknown, { run, round }: Round): Vote | undefined {
  const vote = (message ?? {}) as Partial<Vote>;
  return vote.vote !== undefined && vote.run === run && vote.round === round ? (vote as Vote) : undefined;
}

/** Where a poll of the bots stands; nobody may vote any more once it is final. */
export function tallyOf(poll: Pick<Poll, 'tally'>, question: string, round: Round, isOver: boolean): Tally {
  const votes = poll.tally(({ message }) => (message as Vote).vote);
  const [yes, no] = CHOICES.map((choice) => votes.get(choice) ?? 0) as [number, number];
  const waiting = BOTS - yes - no;
  return { ...round, question, yes, no, waiting, final: isOver || waiting === 0 };
}
