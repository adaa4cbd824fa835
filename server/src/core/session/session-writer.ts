import {
  type Code,
  type GapBody,
  type GapReason,
  LIMITS,
  type ServerMessage,
  ZerospanError,
} from '@zerospan/shared';
import type { Encoding } from '../fanout/encoding.ts';
import type { AckMarks } from '../journal/ack-marks.ts';
import { GivenOffsets } from '../journal/given-offsets.ts';
import type { GapCause } from '../journal/records.ts';
import type { Entry, Log } from '../log/log.ts';
import { type Reports, saidOf } from '../reports.ts';
import { gapsOf, type Lost, ReportedGaps } from './gaps.ts';
import type { Link } from './link.ts';
import type { NotedClient, SessionNotes } from './notes.ts';
import { Window } from './window.ts';

/** What a writer uses of the bus. */
export interface WriterBus {
  readonly log: Pick<Log, 'epoch' | 'now'>;
  /** The window, in ms, in which a client that loses this server makes its first attempt to reconnect. */
  readonly retrySpreadMs: number;
  /** For how long the log has been away; undefined: it is there. */
  readonly logAway: { readonly logAwayMs: number } | undefined;
  readonly reports: Pick<Reports, 'refused' | 'gap'>;
  readonly journal: SessionNotes;
}

/**
 * All that leaves a session, in one order: entries, counted by the window where the client acks, and control messages.
 */
export class SessionWriter {
  readonly #who: NotedClient;
  readonly #link: Link;
  readonly #bus: WriterBus;
  readonly #window: Window | undefined;
  #gaps: ReportedGaps | undefined;
  /** Whether it was said that acks are ahead of what was sent. */
  #hasWarned = false;

  /**
   * @param had for a client that acks, so that the window holds for it: the offset up to which its application has
   * everything
   */
  constructor(who: NotedClient, link: Link, bus: WriterBus, ackedOffset: number | undefined) {
    this.#who = who;
    this.#link = link;
    this.#bus = bus;
    this.#window = ackedOffset === undefined ? undefined : new Window(LIMITS.windowBytes, ackedOffset);
  }

  /** How entries are put together for it. */
  get encoding(): Encoding {
    return this.#link.encoding;
  }

  /** Whether publications may be written: the link and the window have room. */
  get hasRoom(): boolean {
    return this.#link.hasRoom && (this.#window?.hasRoom ?? true);
  }

  /** What was sent and the application has not acknowledged, in bytes; 0 without acks. */
  get unackedBytes(): number {
    return this.#window ? this.#window.sentBytes - this.#window.ackedBytes : 0;
  }

  /** The gaps that were reported; undefined: none. */
  get gaps(): ReportedGaps | undefined {
    return this.#gaps;
  }

  /** How far the application is, while something is on its way to it; undefined when nothing is, or nobody knows. */
  get reached(): number | undefined {
    return this.#window?.outstanding ? this.#window.offset : undefined;
  }

  /** What it was sent in all, in bytes of entries; 0 where the client never acknowledges. */
  get sentBytes(): number {
    return this.#window?.sentBytes ?? 0;
  }

  /** Whether its application has acknowledged all that it was sent. */
  get hasAllAcked(): boolean {
    return this.#window?.outstanding === false;
  }

  /** When its acks came; undefined: none has. */
  get marks(): AckMarks | undefined {
    return this.#window?.marks;
  }

  /** Takes an ack; answers whether there is room now and was none before. */
  acked(offset: number, bytes: number): boolean {
    const window = this.#window;
    if (!window) return false;
    const hadRoom = this.hasRoom;
    if (!this.#hasWarned && bytes > window.sentBytes) {
      this.#hasWarned = true;
      this.#warn('bad-ack', `ack.bytes is ${bytes}, but only ${window.sentBytes} were sent.`);
    }
    window.acked(offset, bytes);
    window.mark(offset, this.#bus.log);
    return !hadRoom && this.hasRoom;
  }

  /** To be called with each beat: a client that acknowledges too little would otherwise stand still without a word. */
  check(): void {
    const window = this.#window;
    if (!window?.isStuck()) return;
    const { sentBytes, ackedBytes, offset } = window;
    this.#warn(
      'window-full',
      `${sentBytes} bytes were sent, ack.bytes is ${ackedBytes} and ack.offset ${offset}: nothing more is sent until acks make room.`,
    );
  }

  /** Writes what fan-out has encoded, the last of a turn. @param textBytes what windows count of it */
  send(encoded: Buffer, textBytes: number): void {
    this.#window?.sent(textBytes);
    this.#link.sendNow(encoded);
  }

  write(entries: readonly Entry[]): void {
    if (entries.length === 0) return;
    const bytes = entries.reduce((sum, { textBytes }) => sum + textBytes, 0);
    this.writeEncoded(this.encoding.encode(entries), bytes);
  }

  /** Writes what was encoded for several sessions. @param textBytes what windows count of it */
  writeEncoded(encoded: Buffer, textBytes: number): void {
    this.#window?.sent(textBytes);
    this.#link.send(encoded);
  }

  control(message: ServerMessage): void {
    this.#link.say(message);
  }

  /**
   * Says where it is, in which window to come back if the connection is lost, which grows with the number of sessions,
   * and whether the log is away.
   */
  beat(offset: number): void {
    const { retrySpreadMs, logAway } = this.#bus;
    this.control({ beat: { offset, retrySpreadMs, ...logAway } });
  }

  /** Ends a subscription that was granted. */
  refuse(subscription: number, fault: ZerospanError): void {
    this.#bus.reports.refused(fault);
    this.control({ refused: { subscription, ...saidOf(fault) } });
  }

  #warn(code: Code, reason: string): void {
    const fault = new ZerospanError(code, reason);
    this.#bus.reports.refused(fault);
    this.control({ error: saidOf(fault) });
  }

  reportGaps(lost: readonly Lost[], reason: GapReason, cause: GapCause): void {
    for (const gap of gapsOf(lost, reason, this.#bus.log.epoch)) this.sayGap(gap, cause);
  }

  sayGap(gap: GapBody, cause: GapCause): void {
    this.control({ gap });
    this.reported(gap, cause);
  }

  /** A gap was said to its client. */
  reported(gap: GapBody, cause: GapCause): void {
    this.#bus.reports.gap(gap.reason);
    this.#gaps ??= new ReportedGaps();
    this.#gaps.add(gap, this.#bus.log.now());
    this.#bus.journal.gap(this.#who, gap, cause);
  }

  /** These were written, although some of them lie in a gap that was reported up to an offset. */
  givenWithin(entries: readonly Entry[], upTo: number): void {
    if ((entries[0]?.offset ?? upTo + 1) > upTo) return;
    const given = new GivenOffsets();
    given.add(entries, upTo);
    this.#bus.journal.given(this.#who, given);
  }
}
