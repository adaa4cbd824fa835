import { connect } from 'node:net';
import type { Random } from './random.ts';

/** A body that is valid when it is whole, and not when any of its end is missing. */
const BODIES = [
  ['/v1/put?channel=a', '"a text of some length"'],
  ['/v1/put?channel=a&confirmMs=100', '{"a":[1,2,3]}'],
  ['/v1/puts', '{"channels":["a"],"message":"m"}'],
] as const;

const ENCODINGS = ['gzip', 'br', 'deflate', 'x', 'identity, gzip', 'gzip, identity', '*'];
const LENGTHS = ['-1', '+5', '0x10', '1e1', '5, 6', '99999999999999999999', '1 2', ''];
const TRANSFERS = ['gzip', 'gzip, chunked', 'chunked, identity', 'xchunked', 'chunked, chunked'];

const of = <T>(random: Random, all: readonly T[]): T => all[Math.floor(random.next() * all.length)] as T;

/** How a request lies; each is one by itself. */
const LIES: readonly ((random: Random, body: string) => readonly [headers: string[], sent: string])[] = [
  (random, body) => [[`Content-Length: ${body.length + 1 + Math.floor(random.next() * 99_999)}`], body],
  (random, body) => {
    const length = 1 + Math.floor(random.next() * (body.length - 2));
    return [[`Content-Length: ${length}`], body];
  },
  (random, body) => {
    const whole = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    // Within the chunk: of /v1/puts a body that has ended is whole.
    return [['Transfer-Encoding: chunked'], whole.slice(0, Math.floor(random.next() * body.length))];
  },
  (random, body) => [
    ['Transfer-Encoding: chunked'],
    `${of(random, ['g', '-1', 'fffffffffffffffff', ' 5'])}\r\n${body}\r\n0\r\n\r\n`,
  ],
  (_random, body) => [
    [`Content-Length: ${body.length}`, 'Transfer-Encoding: chunked'],
    `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
  ],
  (random, body) => [
    [`Content-Length: ${body.length}`, `Content-Length: ${Math.floor(random.next() * 99)}`],
    body,
  ],
  (random, body) => [[`Content-Length: ${of(random, LENGTHS)}`], body],
  (random, body) => [[`Transfer-Encoding: ${of(random, TRANSFERS)}`], body],
  (random, body) => [[`Content-Length: ${body.length}`, `Content-Encoding: ${of(random, ENCODINGS)}`], body],
];

/** A put over HTTP that lies about its length or encoding, or is cut. */
export function lyingRequest(random: Random): string {
  const [path, body] = of(random, BODIES);
  const [headers, sent] = of(random, LIES)(random, body);
  return [`POST ${path} HTTP/1.1`, 'Host: localhost', ...headers, '', sent].join('\r\n');
}

/**
 * Sends each by a connection of its own, sixteen at a time, and ends it behind the last byte.
 * @returns how often each status was answered; `none`: the connection was closed without an answer
 */
export async function sendLies(url: string, random: Random, count: number): Promise<Map<string, number>> {
  const statuses = new Map<string, number>();
  let left = count;
  const sender = async (): Promise<void> => {
    while (left-- > 0) {
      const status = await statusOf(url, lyingRequest(random));
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: 16 }, sender));
  return statuses;
}

function statusOf(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.end(bytes));
    socket.on('data', (data) => {
      answer += String(data);
    });
    // A reset is a close as well.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 'none'));
  });
}
