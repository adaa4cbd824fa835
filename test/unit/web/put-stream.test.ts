import { PassThrough, type Readable } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { PROBLEMS } from '../../../server/src/web/http/api/problems.ts';
import { putOf } from '../../../server/src/web/http/api/putting/put-line.ts';
import { PutStream } from '../../../server/src/web/http/api/putting/put-stream.ts';
import { TestBus, type TestBusOptions } from '../../support/core.ts';
import { EVERYBODY, requesterOf } from '../../support/putting.ts';
import { Random } from '../../support/random.ts';

interface Answer {
  readonly line?: number;
  readonly accepted?: { readonly channels: readonly { readonly offset: number }[] };
  readonly problem?: { readonly code: string };
}

const BODY_MS = 1_000;

function streamOver(options?: TestBusOptions, identity = EVERYBODY) {
  const bus = new TestBus(options);
  const body = new PassThrough();
  const stream = new PutStream(body, requesterOf(bus, identity), bus.hub, BODY_MS);
  onTestFinished(() => void stream.destroy());
  let text = '';
  const read = (from: Readable = stream) => from.on('data', (chunk: Buffer) => (text += String(chunk)));
  const answers = () =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Answer);
  /** `1 ok`, or with the code. */
  const story = () => answers().map(({ line, problem }) => `${line} ${problem ? problem.code : 'ok'}`);
  const turn = async (): Promise<void> => {
    for (let i = 0; i < 5; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      await bus.settle();
    }
  };
  return { bus, body, stream, read, answers, story, turn };
}

const line = (channel: string, message = '1') => `{"channels":["${channel}"],"message":${message}}\n`;

describe('lines of puts', () => {
  it('that ask for a receipt are answered by it as well, by name where they ask who, and then all ends (P16)', async () => {
    const names = { ...EVERYBODY, grants: { ...EVERYBODY.grants, confirm: 'names' as const } };
    const { bus, body, stream, read, answers, turn } = streamOver({}, names);
    let hasEnded = false;
    stream.on('end', () => (hasEnded = true));
    read();
    const reader = await bus.join([{ id: 1, channels: ['a'] }], { acks: true, name: 'Lobby' });
    const ask = (more: object) => `${JSON.stringify({ channels: ['a'], message: 1, ...more })}\n`;
    body.end(
      [
        ask({ confirmMs: 500, who: true }),
        ask({}),
        ask({ confirmMs: 500 }),
        ask({ who: true }),
        ask({ confirmMs: 0 }),
      ].join(''),
    );
    await turn();
    expect(answers().map((one) => [one.line, Object.keys(one)[1], one.problem?.code])).toEqual([
      [1, 'accepted', undefined],
      [2, 'accepted', undefined],
      [3, 'accepted', undefined],
      [4, 'problem', 'bad-message'],
      [5, 'problem', 'bad-confirm'],
    ]);
    expect(hasEnded).toBe(false);
    reader.say({ ack: { offset: 1, bytes: 0 } });
    bus.clock.advance(500);
    await turn();
    const receipts = answers()
      .slice(5)
      .sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
    expect(receipts).toMatchObject([
      {
        line: 1,
        confirmed: { channels: [{ confirmed: 1, who: { has: [[0, 0]] } }], sessions: [{ name: 'Lobby' }] },
      },
      { line: 3, confirmed: { channels: [{ confirmed: 0, unanswered: 1 }] } },
    ]);
    expect(hasEnded).toBe(true);
  });

  it('wait for receipts four at a time, however long these take, and one without the right to names is rejected', async () => {
    const { bus, body, read, story, turn } = streamOver();
    read();
    await bus.join([{ id: 1, channels: ['a'] }], { acks: true });
    for (let i = 0; i < 6; i++) body.write('{"channels":["a"],"message":1,"confirmMs":30000}\n');
    body.write('{"channels":["a"],"message":1,"confirmMs":30000,"who":true}\n');
    await turn();
    expect(story()).toEqual(['1 ok', '2 ok', '3 ok', '4 ok']);
    bus.clock.advance(BODY_MS * 10);
    bus.clock.advance(BODY_MS * 10);
    await turn();
    expect(story()).toHaveLength(4);
    bus.clock.advance(BODY_MS * 10);
    await turn();
    expect(story()).toEqual(expect.arrayContaining(['5 ok', '6 ok', '7 forbidden']));
  });

  it('are answered in order with their numbers, bad ones by a problem, and the rest goes on', async () => {
    const { bus, body, stream, read, story, answers, turn } = streamOver();
    read();
    body.end(
      [
        line('a', ' {"x" : 1.0, "message":2} '),
        'no json\n',
        '\n',
        '{"channels":[],"message":1}\n',
        '{"channels":["a"]}\n',
        '{"channels":["a b"],"message":1}\r\n',
        '{"channels":["a"],"message":1,"who":true}\n',
        '[]\n',
        '{"message":1}\n',
        '{"channels":"a","message":1}\n',
        '{"channels":["a"],"message":1,"key":"a b"}\n',
        '{"channels":["b"],"message":null}',
      ].join(''),
    );
    await turn();
    expect(story()).toEqual([
      '1 ok',
      '2 bad-message',
      '4 no-channels',
      '5 no-payload',
      '6 bad-channel',
      '7 bad-message',
      '8 bad-message',
      '9 no-channels',
      '10 bad-channel',
      '11 bad-message',
      '12 ok',
    ]);
    expect(answers().at(-1)?.accepted?.channels).toMatchObject([{ channel: 'b', offset: 2 }]);
    expect(stream.readableEnded).toBe(true);
    expect(bus.hub.connections.subjects.size).toBe(0);
  });

  it('may be cut anywhere by the chunks that carry them', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = new Random(seed);
      const { body, read, answers, turn } = streamOver();
      read();
      const text = Buffer.from(Array.from({ length: 30 }, (_, i) => line('ä', `"${i}€"`)).join(''));
      for (let at = 0; at < text.length; ) {
        const bytes = 1 + Math.floor(random.next() * 40);
        body.write(text.subarray(at, at + bytes));
        at += bytes;
      }
      body.end();
      await turn();
      expect(answers().map(({ accepted }) => accepted?.channels[0]?.offset)).toEqual(
        Array.from({ length: 30 }, (_, i) => i + 1),
      );
    }
  });

  it('under one key are one put, and another under it is a conflict', async () => {
    const { body, read, answers, story, turn } = streamOver();
    read();
    const keyed = (message: number) => `{"channels":["a"],"key":"k","message":${message}}\n`;
    body.end(keyed(1) + keyed(1) + keyed(2));
    await turn();
    expect(story()).toEqual(['1 ok', '2 ok', '3 put-conflict']);
    expect(
      answers()
        .slice(0, 2)
        .map(({ accepted }) => accepted?.channels[0]?.offset),
    ).toEqual([1, 1]);
  });

  it('that are too long are refused, and nothing of them is kept', async () => {
    const { body, read, story, turn } = streamOver();
    read();
    const large = Buffer.alloc(1_000_000, 'x');
    for (let i = 0; i < 10; i++) body.write(large);
    body.end(`\n${line('a')}`);
    await turn();
    expect(story()).toEqual(['1 too-large', '2 ok']);
  });

  it('are not read while their answers are not', async () => {
    const { bus, body, read, answers, turn } = streamOver();
    const LINES = 20_000;
    const text = Buffer.from(line('a').repeat(LINES));
    for (let at = 0; at < text.length; at += 16_384) body.write(text.subarray(at, at + 16_384));
    body.end();
    await turn();
    // What one chunk holds was handed over, and nothing of the others.
    const { head } = bus.log;
    expect(head).toBeGreaterThan(0);
    expect(head).toBeLessThan(2_000);
    await turn();
    expect(bus.log.head).toBe(head);
    read();
    for (let i = 0; answers().length < LINES && i < 1_000; i++) await turn();
    expect(answers().map(({ line: number }) => number)).toEqual(
      Array.from({ length: LINES }, (_, i) => i + 1),
    );
  });

  it('are not read while the log has not answered the limit of puts in flight', async () => {
    const { bus, body, read, answers, turn } = streamOver({ isLate: true, bounds: { putsInFlight: 8 } });
    read();
    for (let i = 0; i < 100; i++) body.write(line('a', String(i)));
    await turn();
    expect(bus.hub.puts.inFlight).toBe(8);
    bus.late.prompt();
    body.end();
    await turn();
    expect(answers()).toHaveLength(100);
  });

  it('end with what was cut, of which nothing is appended', async () => {
    const { bus, body, stream, read, turn } = streamOver();
    read();
    body.write(`${line('a')}{"channels":["b"],"message":1}`);
    await turn();
    body.destroy(new Error('aborted'));
    await turn();
    expect(stream.destroyed).toBe(true);
    expect(bus.log.head).toBe(1);
  });

  it('end where nothing comes for too long; waiting for their pace or their reader is no silence', async () => {
    const { bus, body, stream, read, story, turn } = streamOver();
    await turn();
    stream.hold();
    bus.clock.advance(10 * BODY_MS);
    await turn();
    stream.release();
    read();
    bus.clock.advance(BODY_MS - 1);
    body.write(line('a'));
    await turn();
    bus.clock.advance(BODY_MS - 1);
    await turn();
    expect(story()).toEqual(['1 ok']);
    bus.clock.advance(BODY_MS);
    await turn();
    expect(story()).toEqual(['1 ok', 'undefined request-timeout']);
    expect(stream.readableEnded).toBe(true);
  });

  it.each([
    ['its access is revoked', 'revoked', ({ bus }: Ending) => void bus.hub.revoke({ subject: 'ada' })],
    ['its token expires', 'token-expired', ({ bus }: Ending) => bus.clock.advance(500)],
    ['the server stops', 'draining', ({ stream }: Ending) => stream.endWith(PROBLEMS.draining)],
  ])('end when %s, and what comes behind is not appended', async (_when, code, end) => {
    const soon = { ...EVERYBODY, subject: 'ada', expiresMs: 1_795_458_000_000 + 500 };
    const { bus, body, stream, read, story, turn } = streamOver({}, soon);
    read();
    body.write(line('a'));
    await turn();
    end({ bus, stream });
    body.write(line('a'));
    await turn();
    expect(story()).toEqual(['1 ok', `undefined ${code}`]);
    expect(bus.log.head).toBe(1);
    expect(bus.hub.connections.subjects.size).toBe(0);
  });
});

interface Ending {
  readonly bus: TestBus;
  readonly stream: PutStream;
}

it('a line as deep as a payload may be is taken, and one level more is too deep', () => {
  const bus = new TestBus();
  const put = (depth: number) =>
    putOf(
      Buffer.from(`{"channels":["a"],"message":${'['.repeat(depth)}${']'.repeat(depth)}}`),
      1,
      requesterOf(bus),
      bus.hub.limits,
    );
  expect(put(128).payload).toHaveLength(256);
  expect(() => put(129)).toThrow(expect.objectContaining({ code: 'too-deep' }));
});
