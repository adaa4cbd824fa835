import type { Gap, Publication } from '@zerospan/client';
import { valueAt } from '../../../data/json-path.ts';
import { isId, type Said, saidOf, type VoteRules } from './rules.ts';
import { Series } from './series.ts';

/** Voters that are counted, at most, and choices that have a bar of their own. */
export const VOTERS_MOST = 100_000;
export const CHOICES_MOST = 200;

/** Voters who were not asked and are listed, at most. */
const STRANGERS_MOST = 1_000;

/** The bar of all choices beyond `CHOICES_MOST`; no JSON text is empty. */
export const OTHERS: Said = { key: '', label: 'Other choices' };

export interface Vote {
  readonly choice: string;
  /** ms since 1970, by the server's clock. */
  readonly time: number;
  readonly offset: number;
}

/** The question as the log has it. */
export interface FoundQuestion {
  readonly text: string;
  readonly message: unknown;
  readonly time: number;
  readonly offset: number;
}

/** What came and is no vote, by reason. */
export interface Ignored {
  /** Of another question, or without the id of this one. */
  otherQuestion: number;
  /** Nothing lies where the choice should. */
  noChoice: number;
  noVoter: number;
  /** A further vote of a voter whose first one counts. */
  again: number;
  /** Of voters beyond the most that are counted. */
  beyond: number;
}

/**
 * Counts the votes of a part of the log, in its order. From the same part it counts the same, for every reader and at
 * any time: times are those of the log.
 */
export class Tally {
  readonly rules: VoteRules;
  readonly series = new Series();
  /** By voter. */
  readonly votes = new Map<string, Vote>();
  /** Votes after the end, by voter: those that would have counted. */
  readonly late = new Map<string, Vote>();
  /** Who voted without being asked: their votes are not counted. */
  readonly strangers = new Map<string, Vote>();
  readonly asked = new Set<string>();
  readonly ignored: Ignored = { otherQuestion: 0, noChoice: 0, noVoter: 0, again: 0, beyond: 0 };
  readonly #counts = new Map<string, number>();
  readonly #choices = new Map<string, Said>();
  #question: FoundQuestion | undefined;
  readonly #gaps: Gap[] = [];
  readonly #touched = new Set<string>();
  #isAllTouched = false;
  #strangersMore = 0;

  constructor(rules: VoteRules) {
    this.rules = rules;
    const known = rules.voter !== undefined ? rules.expected : rules.question ? [] : rules.channels;
    for (const voter of known) this.asked.add(voter);
  }

  get question(): FoundQuestion | undefined {
    return this.#question;
  }

  /** When votes stop counting, in ms since 1970; undefined: they do not, or it is not known. */
  get closes(): number | undefined {
    const { durationMs } = this.rules;
    return this.#question === undefined || durationMs === 0 ? undefined : this.#question.time + durationMs;
  }

  /** Choices with their votes: those that the question offers in its order, then the others by their votes. */
  get bars(): readonly { readonly choice: Said; readonly votes: number }[] {
    const offered = this.#offered();
    const rest = [...this.#choices.values()]
      .filter(({ key }) => !offered.some((said) => said.key === key))
      .sort((a, b) => this.#count(b.key) - this.#count(a.key) || (a.key < b.key ? -1 : 1));
    return [...offered, ...rest].map((choice) => ({ choice, votes: this.#count(choice.key) }));
  }

  /** Gaps that concern this vote, the newest 20. */
  get gaps(): readonly Gap[] {
    return this.#gaps;
  }

  /** Strangers beyond those that are listed. */
  get strangersMore(): number {
    return this.#strangersMore;
  }

  /** Who was asked and has not voted, not even late. */
  get missing(): string[] {
    return this.#without().filter((voter) => !this.#isTouched(voter));
  }

  /** The same, where something that is lost may have been their vote. */
  get unknown(): string[] {
    return this.#without().filter((voter) => this.#isTouched(voter));
  }

  /** Whether the question should be in what was read, and is not. */
  isQuestionLost(): boolean {
    return this.rules.question !== undefined && this.#question === undefined && this.#isAllTouched;
  }

  take(publication: Publication): void {
    const { channel, text, time, offset } = publication;
    const { question, choice: choicePath, voter: voterPath, keep } = this.rules;
    const message = publication.message;
    if (question !== undefined) {
      if (!isId(valueAt(message, question.idPath), question.id)) {
        this.ignored.otherQuestion++;
        return;
      }
      if (this.#isQuestion(publication)) {
        this.#question ??= { text, message, time, offset };
        this.series.begin(time);
        // By the channels it was put on; with a path, they say themselves who they are.
        if (voterPath === undefined) this.asked.add(channel);
        return;
      }
    }
    const choice = saidOf(valueAt(message, choicePath));
    const voter = voterPath === undefined ? channel : saidOf(valueAt(message, voterPath))?.label;
    if (choice === undefined) this.ignored.noChoice++;
    else if (voter === undefined) this.ignored.noVoter++;
    else if (keep === 'first' && this.votes.has(voter)) this.ignored.again++;
    else if (this.#isStranger(voter)) this.#addStranger(voter, { choice: choice.key, time, offset });
    else if (this.#isLate(time)) this.#addTo(this.late, voter, { choice: choice.key, time, offset });
    else this.#count1(voter, choice, { time, offset });
  }

  gap(gap: Gap): void {
    this.#gaps.push(gap);
    if (this.#gaps.length > 20) this.#gaps.shift();
    const channels = gap.channel === undefined ? gap.filters : [gap.channel];
    for (const filter of channels) {
      if (typeof filter === 'string' && filter !== '') this.#touched.add(filter);
      else this.#isAllTouched = true;
    }
    if (gap.reason === 'restart' || gap.reason === 'retention') this.#isAllTouched = true;
  }

  #isQuestion({ text, epoch, offset }: Publication): boolean {
    if (this.#question !== undefined) return text === this.#question.text;
    const { question } = this.rules;
    if (question?.at === undefined) return text === question?.text;
    return epoch === question.at.epoch && offset === question.at.offset;
  }

  #count1(voter: string, choice: Said, { time, offset }: Omit<Vote, 'choice'>): void {
    const before = this.votes.get(voter);
    if (before === undefined && this.votes.size >= VOTERS_MOST) {
      this.ignored.beyond++;
      return;
    }
    const { key } = this.#known(choice);
    if (before !== undefined) {
      this.#counts.set(before.choice, this.#count(before.choice) - 1);
      this.series.add(time, before.choice, -1);
    }
    this.votes.set(voter, { choice: key, time, offset });
    this.#counts.set(key, this.#count(key) + 1);
    this.series.add(time, key, 1);
  }

  /** The choice, or what stands for those beyond the most. */
  #known(choice: Said): Said {
    const known = this.#choices.get(choice.key);
    if (known !== undefined) return known;
    const added = this.#choices.size < CHOICES_MOST ? choice : OTHERS;
    this.#choices.set(added.key, added);
    return added;
  }

  #addStranger(voter: string, vote: Vote): void {
    if (this.strangers.size < STRANGERS_MOST || this.strangers.has(voter)) this.strangers.set(voter, vote);
    else this.#strangersMore++;
  }

  /** Of late votes too, the first or the latest of each. */
  #addTo(votes: Map<string, Vote>, voter: string, vote: Vote): void {
    if (this.rules.keep === 'first' && votes.has(voter)) this.ignored.again++;
    else if (votes.size < VOTERS_MOST || votes.has(voter)) votes.set(voter, vote);
    else this.ignored.beyond++;
  }

  #isStranger(voter: string): boolean {
    // With a question that is lost, nobody knows who was asked; nor with a prefix and no question.
    return this.asked.size > 0 && !this.asked.has(voter);
  }

  #isLate(time: number): boolean {
    const { closes } = this;
    return closes !== undefined && time > closes;
  }

  #without(): string[] {
    const asked = this.asked.size > 0 ? [...this.asked] : this.rules.channels;
    return asked.filter((voter) => !this.votes.has(voter) && !this.late.has(voter));
  }

  /** With a path nobody knows through which channel a voter would have voted. */
  #isTouched(voter: string): boolean {
    if (this.#isAllTouched || this.#touched.has(voter)) return true;
    return this.rules.voter !== undefined && this.#touched.size > 0;
  }

  #count(choice: string): number {
    return this.#counts.get(choice) ?? 0;
  }

  #offered(): Said[] {
    const options = valueAt(this.#question?.message, ['options']);
    if (!Array.isArray(options)) return [];
    const said = options.slice(0, CHOICES_MOST).map(saidOf);
    return said.filter(
      (one, at): one is Said => one !== undefined && said.findIndex((other) => other?.key === one.key) === at,
    );
  }
}
