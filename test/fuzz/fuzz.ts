import { setImmediate as turn } from 'node:timers/promises';
import { Random } from '../support/random.ts';
import { mutated } from './mutate.ts';
import type { Parser } from './parser.ts';

/** A rejection that nobody handles is told in a later turn: so many inputs at most share the blame for it. */
const BATCH = 500;

/** One input that takes longer than this is a crash too: it holds up everybody. In ms. */
const SLOW_MS = 1_000;

export interface Crash {
  readonly input: Buffer;
  /** Which execution it was, from 0. */
  readonly run: number;
  readonly error: unknown;
}

export interface Fuzzed {
  readonly executions: number;
  readonly crashes: readonly Crash[];
  readonly tookMs: number;
}

export interface FuzzOptions {
  readonly runs: number;
  readonly seed: number;
  /** Ends it after so many. */
  readonly mostCrashes?: number;
  readonly progress?: (executions: number) => void;
}

/**
 * Gives a parser one mutated input after the other. The same seed gives the same inputs. Errors have no stacks
 * meanwhile: a text in YAML may have a thousand faults, and their stacks took most of the time. What crashes is read
 * again for its stack.
 */
export async function fuzz(
  parser: Parser,
  { runs, seed, mostCrashes = 10, progress }: FuzzOptions,
): Promise<Fuzzed> {
  const crashes: Crash[] = [];
  const startMs = performance.now();
  let run = 0;
  let input: Buffer = Buffer.alloc(0);
  const rejected = (error: unknown): void => void crashes.push({ input, run, error });
  process.on('unhandledRejection', rejected);
  process.on('uncaughtException', rejected);
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    for (; run < runs && crashes.length < mostCrashes; run++) {
      // Of its own for each, so that one can be run again by its number.
      input = mutated(parser, Random.of(seed, `${parser.name} ${run}`));
      const beganMs = performance.now();
      try {
        const reading = parser.read(input);
        if (reading) await reading;
        // A machine with other work to do is no fault of the parser's: what took long is tried again, by the
        // processor's time.
        if (performance.now() - beganMs > SLOW_MS) await mustBeQuick(parser, input);
      } catch (error) {
        Error.stackTraceLimit = stackTraceLimit;
        crashes.push({ input, run, error: await again(parser, input, error) });
        Error.stackTraceLimit = 0;
      }
      if (run % BATCH !== BATCH - 1) continue;
      await turn();
      progress?.(run + 1);
    }
    await turn();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    process.off('unhandledRejection', rejected);
    process.off('uncaughtException', rejected);
  }
  return { executions: run, crashes, tookMs: performance.now() - startMs };
}

/** What an input broke, told once more; what was told before, where it does not break again. */
async function again(parser: Parser, input: Buffer, before: unknown): Promise<unknown> {
  try {
    await parser.read(input);
    return before;
  } catch (error) {
    return error;
  }
}

async function mustBeQuick(parser: Parser, input: Buffer): Promise<void> {
  const began = process.cpuUsage();
  await parser.read(input);
  const tookMs = process.cpuUsage(began).user / 1_000;
  if (tookMs > SLOW_MS) throw new Error(`it took ${Math.round(tookMs)} ms`);
}
