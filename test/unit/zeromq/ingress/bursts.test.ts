import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Subscriber } from 'zeromq';
import { Bursts } from '../../../../server/src/zeromq/ingress/bursts.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

const FOR_EVER = -1;
const NOT_AT_ALL = 0;

interface Receiver {
  readonly resolve: (parts: Buffer[]) => void;
  readonly reject: (error: Error) => void;
}

function nothingThere(): Error {
  return Object.assign(new Error('Operation was not possible or timed out'), { code: 'EAGAIN' });
}

/** What of a SUB socket is used: messages are there or come, as the test says. */
class FakeSocket {
  receiveTimeout = 1_000;
  closed = false;
  /** How long each receive might have waited, in order. */
  readonly asked: number[] = [];
  readonly #there: (string | Error)[] = [];
  #waiting: Receiver | undefined;

  /** Whether a receive waits for a message. */
  get waits(): boolean {
    return this.#waiting !== undefined;
  }

  get readable(): boolean {
    return this.#there.length > 0;
  }

  /** Not received yet. */
  get left(): number {
    return this.#there.length;
  }

  /** All of them are there at once; an error is what a receive rejects with. */
  comes(...all: (string | Error)[]): void {
    this.#there.push(...all);
    const receiver = this.#waiting;
    if (!receiver) return;
    this.#waiting = undefined;
    void this.#next().then(receiver.resolve, receiver.reject);
  }

  receive(): Promise<Buffer[]> {
    if (this.#waiting) throw new Error('a second receive beside the first');
    this.asked.push(this.receiveTimeout);
    if (this.asked.length > 10_000) throw new Error('it spins');
    if (this.closed) throw new Error('a receive on a closed socket');
    if (this.#there.length === 0 && this.receiveTimeout === NOT_AT_ALL) return Promise.reject(nothingThere());
    if (this.#there.length > 0) return this.#next();
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  close(): void {
    this.closed = true;
    this.#waiting?.reject(nothingThere());
    this.#waiting = undefined;
  }

  async #next(): Promise<Buffer[]> {
    const next = this.#there.shift();
    if (typeof next !== 'string') throw next ?? nothingThere();
    return [Buffer.from(next)];
  }
}

let nowMs: number;
let stopped: (() => void)[];

beforeEach(() => {
  [nowMs, stopped] = [1_000, []];
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
});

afterEach(() => {
  vi.restoreAllMocks();
  for (const stop of stopped) stop();
});

/** Turns of the event loop in which whatever can happen happens. */
async function turns(count = 5): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets time pass until the rest is over; answers how long it was. */
function restOver(clock: ManualClock): number {
  const beganMs = clock.now();
  while (clock.pending > 0 && clock.now() < beganMs + 100) clock.advance(0.5);
  return clock.now() - beganMs;
}

function scene(wait: (text: string) => Promise<void> | undefined = () => undefined) {
  const socket = new FakeSocket();
  const clock = new ManualClock();
  const taken: string[] = [];
  const failures: unknown[] = [];
  const bursts = new Bursts({
    socket: socket as unknown as Subscriber,
    clock,
    take: ([part]) => {
      taken.push(String(part));
      return wait(String(part));
    },
    failed: (error) => failures.push(error),
  });
  stopped.push(() => bursts.close());
  let ended = false;
  const reading = bursts.read().then(() => {
    ended = true;
  });
  /** Lets a burst come, long enough after the one before, and be taken. */
  const burst = async (...texts: string[]): Promise<void> => {
    nowMs += 1_000;
    socket.comes(...texts);
    await turns();
  };
  return { socket, clock, taken, failures, bursts, reading, burst, hasEnded: () => ended };
}

const texts = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i));

describe('reading in bursts', () => {
  it('has its first receive pending when `read` returns', () => {
    const { socket } = scene();
    expect(socket.waits).toBe(true);
    expect(socket.asked).toEqual([FOR_EVER]);
  });

  it('takes everything that is there, in order, before it waits again', async () => {
    const { socket, taken, burst } = scene();
    await burst('1', '2', '3');
    expect(taken).toEqual(['1', '2', '3']);
    expect(socket.waits).toBe(true);
    await burst('4');
    expect(taken).toEqual(['1', '2', '3', '4']);
  });

  it('waits for ever for the first of a burst, and not at all for the others', async () => {
    const { socket, burst } = scene();
    await burst('1', '2', '3');
    expect(socket.asked).toEqual([FOR_EVER, NOT_AT_ALL, NOT_AT_ALL, NOT_AT_ALL, FOR_EVER]);
    expect(socket.receiveTimeout).toBe(FOR_EVER);
  });

  it('gives the event loop a turn after 256 messages running', async () => {
    const { socket, taken } = scene();
    const seen: number[] = [];
    const check = (): void => {
      seen.push(taken.length);
      if (taken.length < 1_000) setImmediate(check);
    };
    setImmediate(check);
    socket.comes(...texts(1_000));
    await turns(20);
    expect(taken).toEqual(texts(1_000));
    // The one that was waited for, and 256 behind it, and so on.
    expect(seen).toEqual(expect.arrayContaining([257, 513, 769, 1_000]));
    expect(new Set(seen).size).toBeLessThanOrEqual(6);
  });

  it('takes the next message only when what `take` answered has settled', async () => {
    const goOn = new Map<string, () => void>();
    const { socket, taken, burst } = scene((text) => new Promise<void>((resolve) => goOn.set(text, resolve)));
    await burst('1', '2', '3');
    expect(taken).toEqual(['1']);
    expect(socket.left).toBe(2);
    goOn.get('1')?.();
    await turns();
    expect(taken).toEqual(['1', '2']);
    goOn.get('2')?.();
    await turns();
    expect(taken).toEqual(['1', '2', '3']);
    goOn.get('3')?.();
    await turns();
    expect(socket.waits).toBe(true);
  });
});

describe('rests between bursts', () => {
  it('are none while bursts come 2 ms apart or more', async () => {
    const { socket, clock, taken } = scene();
    for (const text of texts(5)) {
      nowMs += 2;
      socket.comes(text);
      await turns();
      expect(clock.pending).toBe(0);
    }
    expect(taken).toEqual(texts(5));
    expect(socket.waits).toBe(true);
  });

  it('are a ms or a few, after each that begins less than 2 ms after the last; nothing is taken meanwhile', async () => {
    const { socket, clock, taken, burst } = scene();
    await burst('1');
    nowMs += 1.9;
    socket.comes('2', '3');
    await turns();
    expect(taken).toEqual(['1', '2', '3']);
    expect(clock.pending).toBe(1);
    socket.comes('4', '5');
    await turns();
    clock.advance(0.5);
    await turns();
    expect(taken).toEqual(['1', '2', '3']);
    expect(socket.waits).toBe(false);
    expect(restOver(clock)).toBeLessThan(5);
    await turns();
    expect(taken).toEqual(['1', '2', '3', '4', '5']);
    // Still busy.
    expect(clock.pending).toBe(1);
  });

  it('are none after a burst of very many: what is on its way is not held up', async () => {
    const { socket, clock, taken, burst } = scene();
    await burst('1');
    nowMs += 1.9;
    socket.comes(...texts(200));
    await turns();
    expect(taken).toHaveLength(201);
    expect(clock.pending).toBe(0);
    expect(socket.waits).toBe(true);
  });

  it('end when it becomes quiet', async () => {
    const { clock, burst, taken } = scene();
    await burst('1');
    nowMs -= 1_000;
    await burst('2');
    expect(clock.pending).toBe(1);
    restOver(clock);
    await turns();
    await burst('3');
    await burst('4');
    expect(taken).toEqual(['1', '2', '3', '4']);
    expect(clock.pending).toBe(0);
  });
});

describe('the end of reading', () => {
  it('is not that nothing was there after all, waiting or not', async () => {
    const { socket, taken, failures, hasEnded, burst } = scene();
    socket.comes(nothingThere());
    await turns();
    expect(socket.waits).toBe(true);
    await burst('1');
    socket.comes(nothingThere());
    await turns();
    await burst('2');
    expect(taken).toEqual(['1', '2']);
    expect(failures).toEqual([]);
    expect(hasEnded()).toBe(false);
  });

  it.each([
    ['waiting for a message', []],
    ['taking what is there', ['1', '2']],
  ])('is another error while it is %s, which is reported once', async (_, before) => {
    const { socket, taken, failures, reading } = scene();
    const error = Object.assign(new Error('not a socket'), { code: 'ENOTSOCK' });
    socket.comes(...before, error, '3');
    await reading;
    expect(failures).toEqual([error]);
    expect(taken).toEqual(before);
    expect(socket.left).toBe(1);
  });

  it('is closing, while it waits, and is no failure', async () => {
    const { socket, bursts, reading, failures } = scene();
    bursts.close();
    await reading;
    expect(socket.closed).toBe(true);
    expect(failures).toEqual([]);
  });

  it('is closing, while messages are there: they are not taken, and it is no failure', async () => {
    const { socket, bursts, reading, failures, taken } = scene((text) =>
      text === '2' ? Promise.resolve(bursts.close()) : undefined,
    );
    socket.comes('1', '2', '3', '4');
    await reading;
    expect(socket.asked).toEqual([FOR_EVER, NOT_AT_ALL]);
    expect(taken).toEqual(['1', '2']);
    expect(failures).toEqual([]);
  });

  it('is closing, during a rest, once that is over, and is no failure', async () => {
    const { socket, clock, bursts, reading, burst, failures, taken, hasEnded } = scene();
    await burst('1');
    socket.comes('2');
    await turns();
    bursts.close();
    expect(hasEnded()).toBe(false);
    restOver(clock);
    await reading;
    expect(taken).toEqual(['1', '2']);
    expect(failures).toEqual([]);
  });

  it('closes a socket that is closed already no second time', async () => {
    const { socket, bursts, reading } = scene();
    const close = vi.spyOn(socket, 'close');
    bursts.close();
    bursts.close();
    await reading;
    expect(close).toHaveBeenCalledTimes(1);
  });
});
