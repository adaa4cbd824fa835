import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { encodeControl } from '@zerospan/shared';
import { afterEach, describe, expect, it } from 'vitest';
import type { Speech } from '../../server/src/web/http/api/events/dialect.ts';
import { type StreamAnswer, StreamLink } from '../../server/src/web/http/api/events/stream-link.ts';
import { netstrings } from '../support/encodings.ts';
import { until } from '../support/until.ts';
import { entryOf } from '../support/zeromq.ts';
import { type LinkUnderTest, linkContract, Recorder } from './link.contract.ts';

const ends: (() => void)[] = [];

afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** Writes every control message: the contract says some. */
const speech: Speech = {
  encoding: netstrings.encoding,
  control(message) {
    const text = encodeControl(message);
    return `${Buffer.byteLength(text)}:${text}`;
  },
};

interface Opened extends LinkUnderTest {
  readonly link: StreamLink;
  /** What waits in the server for the client. */
  waitedBytes(): number;
}

/** A link over the answer of a real server, whose other end reads byte by byte. */
async function open(): Promise<Opened> {
  const recorder = new Recorder();
  const answers: ServerResponse[] = [];
  const server = createServer((_request, response) => {
    response.useChunkedEncodingByDefault = false;
    response.writeHead(200, { connection: 'close' });
    response.flushHeaders();
    answers.push(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => server.close());
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  ends.push(() => socket.destroy());
  let bytes = Buffer.alloc(0);
  let isOver = false;
  socket.on('data', (data) => {
    bytes = Buffer.concat([bytes, data]);
  });
  socket
    .on('error', () => undefined)
    .on('close', () => {
      isOver = true;
    });
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const answer = await until('the request', () => answers[0]);
  const link = new StreamLink(answer as unknown as StreamAnswer, speech);
  link.owner = recorder;
  return {
    link,
    recorder,
    waitedBytes: () => answer.socket?.writableLength ?? 0,
    get texts() {
      const head = bytes.indexOf('\r\n\r\n');
      return head < 0 ? [] : [...whole(bytes.subarray(head + 4))];
    },
    get isOver() {
      return isOver;
    },
    pings: () => undefined,
    carried: () => until('the close to be carried', () => answer.destroyed).then(() => undefined),
    fill: () => {
      socket.pause();
      const large = entryOf('full', `"${'x'.repeat(100_000)}"`);
      for (let i = 0; i < 1_000 && link.hasRoom; i++) link.sendNow(link.encoding.encode([large]));
    },
    drain: () => void socket.resume(),
    quiet: () => undefined,
    hangUp: () => socket.destroy(),
  };
}

/** The netstrings that have come whole. */
function* whole(bytes: Buffer): Generator<string> {
  for (let at = 0; at < bytes.length; ) {
    const colon = bytes.indexOf(':', at);
    const end = colon + 1 + Number(bytes.toString('latin1', at, colon));
    if (colon < 0 || end > bytes.length) return;
    yield bytes.toString('utf8', colon + 1, end);
    at = end;
  }
}

linkContract('an answer to a request for events', open, false);

describe('StreamLink', () => {
  it('is alive while nothing waits, and while what waits grows less; a client that stands still is not', async () => {
    const opened = await open();
    const { link } = opened;
    for (let checks = 0; checks < 100; checks++) expect(link.alive()).toBe(true);
    opened.fill();
    let checks = 0;
    while (link.alive()) checks++;
    expect(checks).toBeGreaterThan(60);
    opened.drain();
    await until('room', () => link.hasRoom);
    expect(link.alive()).toBe(true);
  });

  it('has at most a write more than 256 KiB waiting for a client that takes nothing', async () => {
    const opened = await open();
    const { link } = opened;
    opened.fill();
    expect(link.hasRoom).toBe(false);
    expect(opened.waitedBytes()).toBeGreaterThanOrEqual(256 * 1024);
    expect(opened.waitedBytes()).toBeLessThan(256 * 1024 + 100_100);
  });

  it('cuts a client that does not take what waits for it after the end', async () => {
    const opened = await open();
    opened.fill();
    opened.link.close(4_500);
    await until('the end', () => opened.recorder.heard.some(({ kind }) => kind === 'closed'));
    expect(opened.recorder.heard.filter(({ kind }) => kind === 'room again')).toEqual([]);
  });
});
