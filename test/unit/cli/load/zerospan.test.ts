import { LIMITS } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import { type Dialogue, Stamps, Tally, ZerospanDialect } from '../../../../cli/src/load/index.ts';

const stamps = new Stamps(40);
const payload = stamps.stamped();

/** A dialogue with a server that the test plays. */
class Stage {
  readonly tally = new Tally(stamps);
  readonly said: string[] = [];
  readonly dialogue: Dialogue;
  ready = 0;

  constructor(channels: readonly string[], options?: { replayLast?: number }) {
    const say = (text: string | Buffer): void => void this.said.push(String(text));
    this.dialogue = new ZerospanDialect(options).begin(say, channels, this.tally, () => this.ready++);
    this.dialogue.opened();
  }

  hears(text: string): void {
    const data = Buffer.from(`before${text}behind`);
    this.dialogue.message(data, 6, data.length - 6);
  }

  /** Answers its length in bytes. */
  publication(offset: number, channel = 'a'): number {
    const text = `${offset} 1795458000000 ${channel} ${payload}`;
    this.hears(text);
    return text.length;
  }

  welcomed(windowBytes: number = LIMITS.windowBytes): this {
    this.hears(JSON.stringify({ welcome: { limits: { ...LIMITS, windowBytes } } }));
    this.hears('{"subscribed":{"id":1,"offset":0,"replaying":false}}');
    return this;
  }

  get acks(): unknown[] {
    return this.said.slice(1).map((each) => (JSON.parse(each) as { ack: unknown }).ack);
  }
}

describe('a load socket of the protocol', () => {
  it('says hello with its channels, in subscriptions of no more filters than one may have', () => {
    const channels = Array.from({ length: 2_500 }, (_, i) => `c${i}`);
    const { hello } = JSON.parse(new Stage(channels).said[0] as string) as {
      hello: { acks: boolean; subscriptions: { id: number; channels: string[] }[] };
    };
    expect(hello.acks).toBe(true);
    expect(hello.subscriptions.map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(hello.subscriptions.every((each) => each.channels.length <= LIMITS.filters)).toBe(true);
    expect(hello.subscriptions.flatMap((each) => each.channels)).toEqual(channels);
  });

  it('asks for all channels by the prefix, and for history where it is requested', () => {
    const [said] = new Stage([''], { replayLast: 7 }).said;
    expect(JSON.parse(said as string)).toMatchObject({
      hello: { subscriptions: [{ prefixes: [''], replay: { last: 7 } }] },
    });
  });

  it('is ready once every subscription is answered, and only once', () => {
    const stage = new Stage(Array.from({ length: 1_001 }, (_, i) => `c${i}`));
    stage.welcomed();
    expect(stage.ready).toBe(0);
    stage.hears('{"subscribed":{"id":2,"offset":0,"replaying":false}}');
    stage.hears('{"beat":{"offset":5}}');
    expect(stage.ready).toBe(1);
  });

  it('acks by time all that came, and nothing twice (A1)', () => {
    const stage = new Stage(['a']).welcomed();
    stage.dialogue.tick();
    expect(stage.acks).toEqual([]);
    const bytes = stage.publication(3) + stage.publication(9);
    stage.dialogue.tick();
    stage.dialogue.tick();
    expect(stage.acks).toEqual([{ offset: 9, bytes }]);
  });

  it('acks by bytes after a quarter of the window (A1)', () => {
    const stage = new Stage(['a']).welcomed(1_000);
    let bytes = 0;
    let offset = 0;
    while (bytes < 250) {
      expect(stage.acks).toEqual([]);
      bytes += stage.publication(++offset);
    }
    expect(stage.acks).toEqual([{ offset, bytes }]);
  });

  it('counts each publication whose offset is not above the one before as disorder (C1)', () => {
    const stage = new Stage(['a']).welcomed();
    for (const offset of [1, 5, 5, 4, 6]) stage.publication(offset);
    expect(stage.tally.summary()).toMatchObject({ publications: 5, disordered: 2 });
  });

  it('takes announced publications for history: no disorder, bytes acked, the offset not (A2)', () => {
    const stage = new Stage(['a'], { replayLast: 2 }).welcomed();
    let bytes = stage.publication(10);
    stage.hears('{"replay":{"subscription":1,"count":2}}');
    bytes += stage.publication(3) + stage.publication(4);
    bytes += stage.publication(11);
    stage.dialogue.tick();
    expect(stage.acks).toEqual([{ offset: 11, bytes }]);
    expect(stage.tally.summary()).toMatchObject({ publications: 4, disordered: 0 });
  });

  it('counts gaps, and takes an upstream gap for an entry of the log (G6)', () => {
    const stage = new Stage(['a']).welcomed();
    const upstream = (at: number): string =>
      `{"gap":{"channel":"a","reason":"upstream","epoch":"e","from":${at},"to":${at},"missed":2}}`;
    stage.hears('{"gap":{"subscriptions":[1],"reason":"lag","epoch":"e","from":1,"to":3,"missed":3}}');
    stage.hears(upstream(4));
    stage.dialogue.tick();
    expect(stage.acks).toEqual([{ offset: 4, bytes: upstream(4).length }]);
    stage.hears('{"replay":{"subscription":1,"count":2}}');
    stage.hears(upstream(2));
    stage.publication(3);
    stage.publication(5);
    expect(stage.tally.summary()).toMatchObject({ gaps: 3, publications: 2, disordered: 0 });
  });

  it('does not go on with a subscription that is refused', () => {
    const stage = new Stage(['a']);
    expect(() => stage.hears('{"refused":{"subscription":1,"code":"x","reason":"no","remedy":""}}')).toThrow(
      'the server refused: no',
    );
  });
});
