import {
  type AbsentClient,
  type ChannelWho,
  type Confirmation,
  type ConfirmedChannel,
  NAMED_MOST,
  type NamedSession,
  type SkippedReason,
} from '@zerospan/shared';
import { msOf, reasonOf } from './cell.ts';
import type { Row } from './rows.ts';

/** What names and all that refers to them may take of an answer, in bytes of its text. */
export const NAMES_BYTES = 256 * 1024;

/** The same as `ChannelWho`, while it is written. */
interface Who {
  readonly has: [number, number][];
  readonly skipped: [number, SkippedReason][];
  readonly unanswered: ([number] | [number, 'no-acks'])[];
  readonly away: number[];
}

/** What a receipt says by name, within its bounds. Whom there is no room for, it counts. */
export class Answer {
  readonly #sessions: NamedSession[] = [];
  readonly #absent: AbsentClient[] = [];
  readonly #who: readonly Who[];
  #more = 0;
  #bytes = 0;

  /** @param channels of the put */
  constructor(channels: number) {
    this.#who = Array.from({ length: channels }, () => ({ has: [], skipped: [], unanswered: [], away: [] }));
  }

  /** Whether nobody more is named. */
  get isFull(): boolean {
    return this.#more > 0;
  }

  /** There are sessions or clients more that are not named. */
  leaveOut(count: number): void {
    this.#more += count;
  }

  /** @param rows what became of the put's publications there */
  name(session: NamedSession, rows: readonly Row[]): void {
    const at = this.#sessions.length;
    const bytes = rows.reduce((sum, row) => sum + rowBytes(row, at), textBytes(session));
    if (!this.#takes(bytes)) return;
    this.#sessions.push(session);
    for (const row of rows) this.#refer(row, at);
  }

  nameAbsent(client: AbsentClient): void {
    if (this.#takes(textBytes(client))) this.#absent.push(client);
  }

  /** @param channels the counts of the receipt */
  over(channels: readonly ConfirmedChannel[]): Confirmation {
    return {
      channels: channels.map((counts, i) => ({ ...counts, who: this.#who[i] as ChannelWho })),
      sessions: this.#sessions,
      ...(this.#more > 0 && { more: this.#more }),
      absent: this.#absent,
    };
  }

  #takes(bytes: number): boolean {
    const named = this.#sessions.length + this.#absent.length;
    // The first that has no room is the last: whom a receipt names must not depend on how long names are.
    if (this.isFull || named >= NAMED_MOST || this.#bytes + bytes > NAMES_BYTES) {
      this.#more += 1;
      return false;
    }
    this.#bytes += bytes;
    return true;
  }

  #refer(row: Row, at: number): void {
    for (let place = 0; place < row.group.length; place++) {
      const { has, skipped, unanswered, away } = this.#who[row.channelAt(place)] as Who;
      const cell = row.at(place);
      const [ms, reason] = [msOf(cell), reasonOf(cell)];
      if (ms !== undefined) has.push([at, ms]);
      else if (reason !== undefined) skipped.push([at, reason]);
      else {
        unanswered.push(row.isMute ? [at, 'no-acks'] : [at]);
        if (row.isAway) away.push(at);
      }
    }
  }
}

/** `[12,345],` or what stands in its place. */
function rowBytes(row: Row, at: number): number {
  const own = digits(at) + 3;
  let bytes = 0;
  for (let place = 0; place < row.group.length; place++) {
    const cell = row.at(place);
    const [ms, reason] = [msOf(cell), reasonOf(cell)];
    if (ms !== undefined) bytes += own + 1 + digits(ms);
    else if (reason !== undefined) bytes += own + 3 + reason.length;
    else bytes += own + (row.isMute ? 10 : 0) + (row.isAway ? own : 0);
  }
  return bytes;
}

function digits(number: number): number {
  return String(number).length;
}

/** With the comma behind it. */
function textBytes(value: object): number {
  return Buffer.byteLength(JSON.stringify(value)) + 1;
}

/**
 * The receipt of a put that was sent again, with names or without, as it asks now: the right to them may have ended.
 * Names that nobody asked for at the first time are not known.
 */
export function asAsked(confirmation: Confirmation, who: boolean): Confirmation {
  const { channels, sessions } = confirmation;
  if (who === (sessions !== undefined)) return confirmation;
  if (!who) return { channels: channels.map(({ who: _who, ...counts }) => counts) };
  const answer = new Answer(channels.length);
  const unnamed = channels.map(({ confirmed, skipped, unanswered }) => confirmed + skipped + unanswered);
  answer.leaveOut(Math.max(0, ...unnamed));
  return answer.over(channels);
}
