import type { Transport } from '@zerospan/shared';
import type { Encoding } from '../../../../core/fanout/encoding.ts';
import type { Entry } from '../../../../core/log/log.ts';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;

/** What stands around each entry. */
export interface Framing {
  /** Before a publication, which has this offset. */
  publication(offset: number): string;
  /** Before a gap. */
  readonly gap: string;
  /** Behind either: ASCII. */
  readonly end: string;
}

/**
 * Puts entries together as JSON objects, one line each, from their texts: no payload is parsed. It belongs to one
 * epoch, because each object names it: an entry of before that is written as the log becomes another one keeps its own.
 *
 * It copies. The headroom of an entry belongs to another transport.
 */
export class EventEncoding implements Encoding {
  readonly transport: Transport;
  readonly #epoch: string;
  readonly #framing: Framing;

  constructor(transport: Transport, epoch: string, framing: Framing) {
    this.transport = transport;
    this.#epoch = JSON.stringify(epoch);
    this.#framing = framing;
  }

  encode(entries: readonly Entry[]): Buffer {
    const { end } = this.#framing;
    const heads = entries.map((entry) => this.#headOf(entry));
    let bytes = 0;
    for (const [i, entry] of entries.entries())
      bytes +=
        Buffer.byteLength(heads[i] as string) + entry.textBytes - bodyAt(entry) + tailOf(entry, end).length;
    const memory = Buffer.allocUnsafe(bytes);
    let at = 0;
    for (const [i, entry] of entries.entries()) {
      at += memory.write(heads[i] as string, at, 'utf8');
      const body = entry.text.subarray(bodyAt(entry));
      memory.set(body, at);
      onOneLine(memory.subarray(at, at + body.length));
      at += body.length;
      at += memory.write(tailOf(entry, end), at, 'latin1');
    }
    return memory;
  }

  #headOf({ kind, offset, time, channel }: Entry): string {
    if (kind === 'gap') return this.#framing.gap;
    const before = this.#framing.publication(offset);
    const name = JSON.stringify(channel);
    return `${before}{"channel":${name},"epoch":${this.#epoch},"offset":${offset},"time":${time},"message":`;
  }
}

/** Where the JSON of an entry begins in its text: the payload; a gap is its control message. */
function bodyAt({ kind, nativeAt, channel }: Entry): number {
  return kind === 'gap' ? 0 : nativeAt + Buffer.byteLength(channel) + 1;
}

function tailOf({ kind }: Entry, end: string): string {
  return kind === 'gap' ? end : `}${end}`;
}

/** Raw line ends are white space in JSON, and would end the line of an event: they become spaces. */
function onOneLine(json: Buffer): void {
  for (const control of [LINE_FEED, CARRIAGE_RETURN])
    for (let at = json.indexOf(control); at >= 0; at = json.indexOf(control, at + 1)) json[at] = SPACE;
}
