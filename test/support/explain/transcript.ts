import { decodeServerFrame, encodeControl, type ServerMessage } from '@zerospan/shared';
import type { Encoding } from '../../../server/src/core/fanout/encoding.ts';
import type { Link } from '../../../server/src/core/session/link.ts';
import { webSocket } from '../encodings.ts';

/** What happened on one connection, in its order. */
export type Happening =
  | { readonly kind: 'wrote'; readonly message: ServerMessage; readonly at: Moment }
  | { readonly kind: 'entry'; readonly offset: number; readonly bytes: number; readonly at: Moment }
  | { readonly kind: 'said'; readonly message: Said; readonly at: Moment };

/** The bus when something happened. */
export interface Moment {
  readonly head: number;
  /** Offsets that the log held. */
  readonly held: ReadonlySet<number>;
  readonly elapsed: number;
}

// biome-ignore lint/suspicious/noExplicitAny: a script sends broken messages too, which no type describes
export type Said = Record<string, any>;

/** A link whose room is the test's to give, and which writes down all that goes through it. */
export class TranscriptLink implements Link {
  readonly encoding: Encoding = webSocket.encoding;
  readonly happened: Happening[] = [];
  hasRoom = true;
  /** It is full when this many more entries have been written. */
  room = Number.POSITIVE_INFINITY;
  closedWith: number | undefined;
  closedAt: Moment | undefined;
  readonly #moment: () => Moment;

  constructor(moment: () => Moment) {
    this.#moment = moment;
  }

  say(message: ServerMessage): void {
    this.#take([encodeControl(message)]);
  }

  send(encoded: Buffer): void {
    this.#take([...webSocket.textsIn(encoded)]);
  }

  sendNow(encoded: Buffer): void {
    this.send(encoded);
  }

  said(message: Said): void {
    this.happened.push({ kind: 'said', message, at: this.#moment() });
  }

  ping(): void {}

  alive(): boolean {
    return true;
  }

  hold(): void {}

  release(): void {}

  close(code: number): void {
    this.closedAt ??= this.#moment();
    this.closedWith ??= code;
  }

  #take(texts: readonly string[]): void {
    if (this.closedWith !== undefined) return;
    const at = this.#moment();
    for (const text of texts) {
      const frame = decodeServerFrame(text);
      if (frame.kind === 'publication') this.#entry(frame.publication.offset, text, at);
      else if (frame.kind === 'control') {
        const { message } = frame;
        if ('gap' in message && 'channel' in message.gap) this.#entry(message.gap.to as number, text, at);
        else this.happened.push({ kind: 'wrote', message, at });
      }
    }
  }

  #entry(offset: number, text: string, at: Moment): void {
    this.happened.push({ kind: 'entry', offset, bytes: Buffer.byteLength(text), at });
    this.room -= 1;
    if (this.room <= 0) this.hasRoom = false;
  }
}
