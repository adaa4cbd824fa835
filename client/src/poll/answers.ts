import type { Gap, Publication, PutResult } from '../types.ts';

/** What was asked, as {@link PollOptions.isAnswer} is given it. */
export interface Question {
  /** Of the question on the channel of the answer; 0 where it is not known: see `Poll.question`. */
  readonly offset: number;
  readonly message: unknown;
}

export interface Counting {
  readonly channels: readonly string[];
  readonly message: unknown;
  /** The same as the text that is put. */
  readonly text: string;
  readonly keep: 'first' | 'latest';
  readonly isAnswer: (publication: Publication, question: Question) => boolean;
}

/**
 * Counts what comes on the channels of a poll, in the order of the log: of each channel only what is behind the
 * question. Where nobody knows whether the question was appended, its copy that comes back says where it is.
 */
export class Answers {
  readonly #with: Counting;
  readonly #answers = new Map<string, Publication>();
  /** Where the question is on each channel, as far as that is known. */
  readonly #asked = new Map<string, { readonly epoch: string; readonly offset: number }>();
  /** Channels that lost something behind the question, or may have. */
  readonly #touched = new Set<string>();
  readonly #endedEpochs = new Set<string>();
  #isOutcomeUnknown = false;

  constructor(counting: Counting) {
    this.#with = counting;
  }

  get all(): ReadonlyMap<string, Publication> {
    return this.#answers;
  }

  get isComplete(): boolean {
    return this.#answers.size === this.#with.channels.length;
  }

  get missing(): string[] {
    return this.#with.channels.filter((name) => !this.#answers.has(name) && !this.#isUnknown(name));
  }

  get unknown(): string[] {
    return this.#with.channels.filter((name) => !this.#answers.has(name) && this.#isUnknown(name));
  }

  /** The question was appended. */
  accepted({ epoch, channels }: PutResult): void {
    for (const { channel, offset } of channels) this.#asked.set(channel, { epoch, offset });
  }

  /** It may have been appended, or not. */
  outcomeUnknown(): void {
    this.#isOutcomeUnknown = true;
  }

  /** Answers whether it is an answer that counts. */
  take(publication: Publication): boolean {
    const { channel } = publication;
    if (!this.isAnswer(publication)) return false;
    if (this.#with.keep === 'first' && this.#answers.has(channel)) return false;
    this.#answers.set(channel, publication);
    return true;
  }

  isAnswer(publication: Publication): boolean {
    const { channel, epoch, offset, text } = publication;
    const asked = this.#asked.get(channel);
    if (asked === undefined) {
      if (text === this.#with.text) {
        this.#asked.set(channel, { epoch, offset });
        return false;
      }
      // Its copy comes before its answers, unless it is lost.
      if (!this.#touched.has(channel)) return false;
    } else if (epoch === asked.epoch ? offset <= asked.offset : !this.#endedEpochs.has(asked.epoch))
      return false;
    return this.#with.isAnswer(publication, { offset: asked?.offset ?? 0, message: this.#with.message });
  }

  /** Something is missing at this place. */
  gap({ reason, filters, epoch, from, to }: Gap): void {
    for (const filter of filters) {
      if (typeof filter !== 'string') continue;
      const asked = this.#asked.get(filter);
      if (asked === undefined || this.#isBehind(asked, epoch, to)) this.#touched.add(filter);
    }
    // Without a place it is the present log, which never gave the position that it was asked from.
    if (reason === 'restart' && from !== null) this.#endedEpochs.add(epoch);
  }

  /** Whether a gap reaches beyond the question. */
  #isBehind(asked: { readonly epoch: string; readonly offset: number }, epoch: string, to: number | null) {
    if (epoch === asked.epoch) return to === null || to > asked.offset;
    return this.#endedEpochs.has(asked.epoch);
  }

  #isUnknown(channel: string): boolean {
    return this.#touched.has(channel) || (this.#isOutcomeUnknown && !this.#asked.has(channel));
  }
}
