import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../../support/until.ts';
import type { AttackedServer } from '../costs/attacked-server.ts';
import type { Held } from './held.ts';

/** What a request may hold: its unanswered lines, what was read of it, and answers that wait. */
const LIVE_BYTES = 4 * 2 ** 20;
const PEAK_BYTES = 48 * 2 ** 20;

const DONE_MS = 240_000;
const POLL_MS = 250;
/** Nothing has moved for this many looks: server and system take no more. */
const STILL_POLLS = 8;
const BLOCK_LINES = 500;
const LINE_FEED = 0x0a;
const CLOSING_BRACE = 0x7d;

export interface LinesOptions {
  readonly lines: number;
  /** With its line feed. */
  readonly lineBytes: number;
  /** `late`: its client reads no answer before nothing is taken any more. */
  readonly answers: 'read' | 'late';
}

/**
 * One request to `POST /v1/puts` with many lines, twice: first undisturbed, for the peak; then with garbage collected
 * all along, for what is live at its most.
 */
export async function putLines(server: AttackedServer, options: LinesOptions): Promise<Held> {
  const { lines, lineBytes, answers } = options;
  await server.metered();
  const residentBytes = server.residentBytes;
  server.forgetPeak();
  const first = await requested(server, options, () => pause(POLL_MS));
  const { peakBytes } = server;
  const before = await server.metered();
  let liveBytes = 0;
  const second = await requested(server, options, async () => {
    liveBytes = Math.max(liveBytes, (await server.metered()).heldBytes - before.heldBytes);
    await pause(POLL_MS);
  });
  const stood = answers === 'late' ? `; stood still after ${first.stoodAt} and ${second.stoodAt} bytes` : '';
  return {
    name: `POST /v1/puts, ${lines} lines of ${lineBytes} B, answers ${answers}`,
    liveBytes,
    liveMostBytes: LIVE_BYTES,
    peakBytes: peakBytes - residentBytes,
    peakMostBytes: PEAK_BYTES,
    seen: `twice, all answered after ${(first.tookMs / 1_000).toFixed(1)} and ${(second.tookMs / 1_000).toFixed(1)} s${stood}`,
    faults: [first, second]
      .filter(({ answered }) => answered !== lines)
      .map(({ answered }) => `${answered} of ${lines} lines were answered`),
  };
}

interface Requested {
  readonly answered: number;
  readonly tookMs: number;
  /** Bytes that the system had taken when nothing moved any more, before an answer was read. */
  readonly stoodAt: number;
}

/** @param look called again and again while lines are written and answered */
async function requested(
  server: AttackedServer,
  options: LinesOptions,
  poll: () => Promise<unknown>,
): Promise<Requested> {
  const beganMs = performance.now();
  const request = new LinesRequest(server, options);
  let stoodAt = 0;
  if (options.answers === 'late') {
    for (let still = 0; still < STILL_POLLS; ) {
      const { takenBytes } = request;
      await poll();
      still = request.takenBytes === takenBytes ? still + 1 : 0;
    }
    stoodAt = request.takenBytes;
    request.read();
  }
  const isOver = async (): Promise<boolean> => {
    await poll();
    return request.isOver;
  };
  await until('all answers', isOver, DONE_MS);
  return { answered: request.answered, tookMs: performance.now() - beganMs, stoodAt };
}

/** Writes as fast as the server reads, and counts the lines of the answer. */
class LinesRequest {
  answered = 0;
  isOver = false;
  readonly #socket: Socket;
  readonly #block: Buffer;
  #left: number;
  #lastByte = 0;

  constructor(server: AttackedServer, { lines, lineBytes, answers }: LinesOptions) {
    const { hostname, port, host } = new URL(server.addresses.url);
    this.#left = lines;
    this.#block = Buffer.from(lineOf(lineBytes).repeat(BLOCK_LINES));
    const socket = connect(Number(port), hostname);
    this.#socket = socket;
    socket.on('error', () => undefined).on('close', () => (this.isOver = true));
    if (answers === 'late') socket.pause();
    else this.read();
    const head = [
      'POST /v1/puts HTTP/1.1',
      `Host: ${host}`,
      'Connection: close',
      'Content-Type: application/x-ndjson',
      `Content-Length: ${lines * lineBytes}`,
      `Authorization: Bearer ${server.token('putter', { put: 'p' })}`,
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
    socket.on('drain', () => this.#write());
    this.#write();
  }

  /** Bytes that the system has taken. */
  get takenBytes(): number {
    return this.#socket.bytesWritten - this.#socket.writableLength;
  }

  read(): void {
    this.#socket.on('data', (data) => this.#count(data)).resume();
  }

  #write(): void {
    while (this.#left > 0) {
      const lines = Math.min(this.#left, BLOCK_LINES);
      this.#left -= lines;
      const block = this.#block.subarray(0, (this.#block.length / BLOCK_LINES) * lines);
      if (!this.#socket.write(block)) return;
    }
  }

  /** A line ends with its object; those that frame chunks end with a carriage return. */
  #count(data: Buffer): void {
    for (let at = data.indexOf(LINE_FEED); at >= 0; at = data.indexOf(LINE_FEED, at + 1))
      if ((at === 0 ? this.#lastByte : data[at - 1]) === CLOSING_BRACE) this.answered++;
    this.#lastByte = data[data.length - 1] as number;
  }
}

function lineOf(bytes: number): string {
  const [head, tail] = ['{"channels":["p.x"],"message":"', '"}\n'];
  return head + 'x'.repeat(bytes - head.length - tail.length) + tail;
}
