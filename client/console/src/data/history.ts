import type { Publication } from '@zerospan/client';
import { type Api, Problem, type Query } from './api.ts';

/** What is missing, and why: a gap of a subscription, or what the log no longer holds of a page of history. */
export interface Missing {
  readonly reason: string;
  readonly epoch: string;
  readonly from: number | null;
  readonly to: number | null;
  readonly missed: number | null;
  readonly channel?: string;
}

export type Line = { readonly publication: Publication } | { readonly gap: Missing };

export interface PastPage {
  /** In the order asked for. */
  readonly lines: readonly Line[];
  readonly hasNext: boolean;
  /** How far the log reached, or the reading came: `EPOCH_OFFSET`. */
  readonly position: string | undefined;
}

/** The server reads no longer query than this, headers included. */
const QUERY_MOST = 12_000;
/** How often a server that is busy reading is asked again, and after how many ms. */
const RETRIES = 5;
const RETRY_MS = 1_000;

const HEAD = /^\{"channel":"(?:[^"\\]|\\.)*","epoch":"(?:[^"\\]|\\.)*","offset":\d+,"time":\d+,"message":/;

/** A publication as a line of history has it. Its message is parsed when somebody reads it. */
class PastPublication implements Publication {
  readonly channel: string;
  readonly epoch: string;
  readonly offset: number;
  readonly time: number;
  readonly text: string;
  #message: { readonly value: unknown } | undefined;

  constructor(line: string, head: string) {
    const said = JSON.parse(`${head}0}`) as Publication;
    this.channel = said.channel;
    this.epoch = said.epoch;
    this.offset = said.offset;
    this.time = said.time;
    this.text = line.slice(head.length, -1);
  }

  get message(): unknown {
    this.#message ??= { value: JSON.parse(this.text) };
    return this.#message.value;
  }
}

function lineOf(line: string): Line {
  const [head] = HEAD.exec(line) ?? [];
  if (head !== undefined) return { publication: new PastPublication(line, head) };
  return JSON.parse(line) as Line;
}

/**
 * Reads a page of what the log holds. A server that is busy reading is asked again.
 * @throws Problem
 */
export async function readPast(api: Api, query: Query, signal: AbortSignal): Promise<PastPage> {
  if (JSON.stringify(query).length > QUERY_MOST)
    throw new Problem(
      'too-large',
      'Your token names more channels than the log can be asked for at once.',
      'Choose a channel or a prefix.',
    );
  for (let left = RETRIES; ; left--) {
    try {
      const page = await api.history(query, signal);
      return { ...page, lines: page.lines.map(lineOf) };
    } catch (error) {
      if (!(error instanceof Problem && error.status === 429) || left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}
