/**
 * µs of a clock that all processes of this machine share and that nobody sets: a moment in one can be taken from a
 * moment in another.
 */
export function nowUs(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}

/** Digits of a stamp: µs of the shared clock, which makes more than a year since the machine was started. */
const DIGITS = 14;
const FULL = 10 ** DIGITS;

const HEAD = '{"at":"';
const NEXT = '","pad":"';
const END = '"}';

/** The least size of a payload that carries a stamp, in bytes. */
export const STAMPED_LEAST_BYTES = HEAD.length + DIGITS + NEXT.length + END.length;

/**
 * Payloads of one size, each with the moment at which it was made. The stamp stands at a fixed distance from the
 * payload's end, so that the receiver finds it without a search.
 */
export class Stamps {
  readonly payloadBytes: number;
  readonly #tail: string;

  /** @param payloadBytes at least {@link STAMPED_LEAST_BYTES} */
  constructor(payloadBytes: number) {
    if (!(payloadBytes >= STAMPED_LEAST_BYTES))
      throw new RangeError(`a payload with a time stamp has at least ${STAMPED_LEAST_BYTES} bytes`);
    this.payloadBytes = payloadBytes;
    this.#tail = `${NEXT}${'x'.repeat(payloadBytes - STAMPED_LEAST_BYTES)}${END}`;
  }

  /** A payload of this moment. */
  stamped(): string {
    return `${HEAD}${String(nowUs() % FULL).padStart(DIGITS, '0')}${this.#tail}`;
  }

  /** How old the payload is that ends at `end`, in µs. */
  ageUs(data: Uint8Array, end: number, atUs: number): number {
    const from = end - this.payloadBytes + HEAD.length;
    let us = 0;
    for (let i = from; i < from + DIGITS; i++) us = us * 10 + (data[i] as number) - 0x30;
    return (atUs % FULL) - us;
  }
}
