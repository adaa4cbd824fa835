import { describe, expect, it } from 'vitest';
import { EventsDialect, Stamps, Tally } from '../../../../cli/src/load/index.ts';

const stamps = new Stamps(40);
const payload = stamps.stamped();
const id = (offset: number): string => `id: e-1_${String(offset).padStart(16, '0')}\n`;
const POSITION = `${id(0)}event: position\ndata: {}\n\n`;
const GAP =
  'event: gap\ndata: {"gap":{"reason":"lag","epoch":"e-1","from":1,"to":3,"missed":3,"channels":["a"]}}\n\n';

function publication(offset: number): string {
  const head = `{"channel":"a","epoch":"e-1","offset":${offset},"time":1795458000000,"message":`;
  return `${id(offset)}event: publication\ndata: ${head}${payload}}\n\n`;
}

/** A client of events whose server the test plays. */
class Stage {
  readonly tally = new Tally(stamps);
  ready = 0;
  readonly #hear: (piece: Buffer) => void;

  constructor() {
    const dialect = new EventsDialect();
    const dialogue = dialect.begin(undefined, ['a'], this.tally, () => this.ready++);
    const carried = dialect.carrier.open({
      message: (data, at, end) => dialogue.message(data, at, end),
      reply: () => expect.unreachable(),
    });
    // A read ends in the middle of a buffer that still has bytes of the read before it.
    this.#hear = (piece) => {
      const buffer = Buffer.concat([Buffer.from('\n\n'), piece, Buffer.from('\n\nid: stale\n\n')]);
      this.tally.reading(piece.length);
      carried.read(buffer, 2, 2 + piece.length);
      buffer.fill('?');
    };
  }

  hears(...pieces: string[]): this {
    for (const piece of pieces) this.#hear(Buffer.from(piece));
    return this;
  }
}

describe('a load socket of events', () => {
  it('requests its channels as an EventSource does, with its token', () => {
    const { carrier } = new EventsDialect('secret');
    expect(carrier.request(new URL('http://127.0.0.1:8/v1/events'), ['a b', 'ü'])).toBe(
      [
        'GET /v1/events?channel=a%20b&channel=%C3%BC HTTP/1.1',
        'Host: 127.0.0.1:8',
        'Accept: text/event-stream',
        'Cache-Control: no-cache',
        'Authorization: Bearer secret',
        '\r\n',
      ].join('\r\n'),
    );
    expect(carrier.request(new URL('http://h/v1/events'), [''])).toContain('GET /v1/events?all HTTP/1.1\r\n');
    expect(() => carrier.encode()).toThrow('can say nothing');
  });

  it('is ready with its first position, and only once', () => {
    const stage = new Stage().hears(publication(1));
    expect(stage.ready).toBe(0);
    expect(stage.hears(POSITION, POSITION).ready).toBe(1);
  });

  it('counts publications, gaps and disorder, however the stream is cut', () => {
    const stream = POSITION + publication(4) + GAP + publication(5) + publication(5) + POSITION;
    for (let size = 1; size <= stream.length; size++) {
      const pieces = stream.match(new RegExp(`[^]{1,${size}}`, 'g')) as string[];
      const { tally, ready } = new Stage().hears(...pieces);
      const { publications, gaps, disordered } = tally.summary();
      expect({ size, publications, gaps, disordered, ready }).toEqual({
        size,
        publications: 3,
        gaps: 1,
        disordered: 1,
        ready: 1,
      });
    }
  });

  it('finds the payload at the end of a publication, where the stamp is', () => {
    const stage = new Stage();
    const found: string[] = [];
    stage.tally.publication = (data, end) =>
      void found.push(Buffer.from(data).toString('utf8', end - payload.length, end));
    stage.hears(publication(1) + publication(2));
    expect(found).toEqual([payload, payload]);
  });

  it('ends with the reason when the server refuses or cuts it', () => {
    expect(() => new Stage().hears('event: error\ndata: {"code":"token-expired"}\n\n')).toThrow(
      'the server refused: {"code":"token-expired"}',
    );
    expect(() => new Stage().hears('retry: 300\n\n')).not.toThrow();
  });
});
