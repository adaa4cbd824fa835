import {
  type Code,
  type GapBody,
  type GapReason,
  LIMITS,
  type ServerMessage,
  ZerospanError,
} from '@zerospan/shared';
import type { Encoding } from '../fanout/encoding.ts';
import type { Entry, Log } from '../log/log.ts';
import { type Reports, saidOf } from '../reports.ts';
import { gapsOf, type Lost, ReportedGaps } from './gaps.ts';
import type { Link } from './link.ts';
import { Window } from './window.ts';

/** What a writer uses of the bus. */
export interface WriterBus {
  readonly log: Pick<Log, 'epoch' | 'now'>;
  /** The window, in ms, in which a client that loses this server makes its first attempt to reconnect. */
  readonly retrySpreadMs: number;
  readonly reports: Pick<Reports, 'refused' | 'gap'>;
}

/**
 * All that leaves a session, in one order: entries, counted by the window where the client acks, and control messages.
 */
export class SessionWriter {
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
  constructor(link: Link, bus: WriterBus, ackedOffset: number | undefined) {
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
   * Says where it is, and in which window to come back if the connection is lost: that grows with the number of
   * sessions.
   */
  beat(offset: number): void {
    this.control({ beat: { offset, retrySpreadMs: this.#bus.retrySpreadMs } });
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

  reportGaps(lost: readonly Lost[], reason: GapReason): void {
    for (const gap of gapsOf(lost, reason, this.#bus.log.epoch)) this.sayGap(gap);
  }

  sayGap(gap: GapBody): void {
    this.control({ gap });
    this.reported(gap);
  }

  /** A gap was said to its client. */
  reported(gap: GapBody): void {
    this.#bus.reports.gap(gap.reason);
    this.#gaps ??= new ReportedGaps();
    this.#gaps.add(gap, this.#bus.log.now());
  }
}
