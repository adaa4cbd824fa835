/**
 * Offsets that one message of the stream spans: the place of an entry within its pack is below this, so that every node
 * knows an offset by the sequence alone.
 */
export const SPAN = 4_096;

/** No sequence is higher: its offsets would not be exact numbers. */
export const SEQUENCE_MOST = Math.floor(Number.MAX_SAFE_INTEGER / SPAN) - 1;

/** Offset of the first entry of the pack that has a sequence. */
export function offsetOf(sequence: number): number {
  return sequence * SPAN;
}

/** The sequence of the pack that has the entry of an offset. */
export function sequenceOf(offset: number): number {
  return Math.floor(Math.min(offset, Number.MAX_SAFE_INTEGER) / SPAN);
}

/** The highest offset below those of a sequence. */
export function below(sequence: number): number {
  return offsetOf(sequence) - 1;
}

/**
 * Where a loss stands that ends with a sequence: at the highest offset that may be missing, so that all who have not
 * come as far receive its gap, and none twice, however much more goes missing.
 */
export function lossAt(sequence: number): number {
  return below(sequence + 1);
}

/** Whether only packs are published under a subject. */
export function isOfPacks(subject: string): boolean {
  return subject.split('.').at(-2) === 'pack';
}

/** What subjects of a log are called. A node has one of its own in each life, so that it can read its own last pack. */
export interface Subjects {
  /** All of them, as a stream is configured with them. */
  readonly all: string;
  readonly epoch: string;
  packsOf(incarnation: string): string;
}

/** @param prefix of the stream's subjects, without a dot at its end */
export function subjectsOf(prefix: string): Subjects {
  return {
    all: `${prefix}.>`,
    epoch: `${prefix}.epoch`,
    packsOf: (incarnation) => `${prefix}.pack.${incarnation}`,
  };
}

/** Which pack a message is: of which life of which node, and its number there, from 1. */
export interface PackId {
  readonly incarnation: string;
  readonly number: number;
}

export function packIdOf({ incarnation, number }: PackId): string {
  return `${incarnation}-${number}`;
}

/** Undefined: the message is no pack. */
export function readPackId(id: string): PackId | undefined {
  const [, incarnation, digits] = /^([\dA-Za-z]+)-([1-9]\d{0,14})$/.exec(id) ?? [];
  return incarnation === undefined ? undefined : { incarnation, number: Number(digits) };
}
