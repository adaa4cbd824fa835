import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { CLOSE, type ZerospanError } from '@zerospan/shared';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { WebSocket } from 'ws';
import type { Close } from '../../../server/src/core/connections.ts';
import type { Conversation } from '../../../server/src/core/conversation/conversation.ts';
import { SocketLink } from '../../../server/src/web/socket/link.ts';

/** A socket that takes nothing until it is told to, and the WebSocket on it, as far as a link knows them. */
function scene(onHeard: (count: number) => void = () => {}) {
  const socket = Object.assign(new EventEmitter(), {
    writableLength: 0,
    bytesRead: 0,
    bytesWritten: 0,
    written: [] as Buffer[],
    write(frame: Buffer) {
      socket.written.push(frame);
      socket.writableLength += frame.length;
    },
    cork() {},
    uncork() {},
  });
  const ws = Object.assign(new EventEmitter(), {
    OPEN: 1,
    CLOSED: 3,
    readyState: 1,
    isPaused: false,
    terminated: false,
    pause() {
      ws.isPaused = true;
    },
    resume() {
      ws.isPaused = false;
    },
    close() {
      ws.readyState = 2;
    },
    terminate() {
      ws.terminated = true;
    },
  });
  const heard: string[] = [];
  const link = new SocketLink(ws as unknown as WebSocket, socket as unknown as Socket, (_, message) => {
    heard.push(message.toString());
    onHeard(heard.length);
  });
  const failed: ZerospanError[] = [];
  const conversation = {
    fail: (fault: ZerospanError, { code }: Close) => {
      failed.push(fault);
      link.close(code, '');
    },
    roomAgain: () => {},
  };
  link.conversation = conversation as unknown as Conversation;
  return {
    link,
    heard,
    failed,
    ws,
    socket,
    fill: () => link.sendNow(Buffer.alloc(300 * 1024)),
    drain: () => {
      socket.writableLength = 0;
      socket.emit('drain');
    },
  };
}

describe('a socket is read', () => {
  it('only when neither the link is full nor the core holds it, in whatever order these come and go (W14)', () => {
    for (const order of [
      'fill hold drain release',
      'fill hold release drain',
      'hold fill drain release',
      'hold fill release drain',
    ]) {
      const { link, ws, fill, drain } = scene();
      const moves = { fill, drain, hold: () => link.hold(), release: () => link.release() };
      const steps = order.split(' ') as (keyof typeof moves)[];
      for (const [i, step] of steps.entries()) {
        moves[step]();
        expect([order, step, ws.isPaused]).toEqual([order, step, i < 3]);
      }
    }
  });

  it('when it closes, held or full: else the answer to the close frame would never be seen', () => {
    const { link, ws, fill } = scene();
    fill();
    link.hold();
    link.close(1000, '');
    expect(ws.isPaused).toBe(false);
    link.hold();
    expect(ws.isPaused).toBe(false);
  });
});

describe('what came in one chunk of TCP with what a hold is for', () => {
  function reading() {
    /** After so many of them it is held again. */
    let most = 2;
    const { link, ws, heard, failed } = scene((count) => {
      if (count % most === 0) link.hold();
    });
    const come = (...messages: string[]) => {
      for (const message of messages) link.hear(Buffer.from(message));
    };
    return { link, ws, heard, failed, come, reads: (count: number) => (most = count) };
  }

  it('is kept, handed over in its order as the pace lets it, and only then is the socket read again (W14)', () => {
    const { link, ws, heard, come } = reading();
    come('1', '2', '3', '4', '5', '6', '7');
    expect(heard).toEqual(['1', '2']);
    link.release();
    expect([heard, ws.isPaused]).toEqual([['1', '2', '3', '4'], true]);
    link.release();
    expect([heard.at(-1), ws.isPaused]).toEqual(['6', true]);
    link.release();
    expect([heard.at(-1), ws.isPaused]).toEqual(['7', false]);
    come('8');
    link.release();
    expect(heard).toEqual(['1', '2', '3', '4', '5', '6', '7', '8']);
  });

  it('goes with its connection when that is closed; what comes then is not kept', () => {
    const { link, heard, come, reads } = reading();
    come('1', '2', '3');
    link.close(1000, '');
    reads(100);
    come('4');
    link.release();
    expect(heard).toEqual(['1', '2', '4']);
  });

  it('is 2,048 messages at most: a client that sends more of them must not reconnect (W14)', () => {
    const { ws, heard, failed, come } = reading();
    come('1', '2', ...Array.from({ length: 2_048 }, () => 'x'));
    expect(ws.readyState).toBe(1);
    come('x');
    expect([heard.length, ws.readyState]).toEqual([2, 2]);
    expect(failed.map(({ message }) => message)).toEqual([expect.stringMatching(/2048 messages/)]);
  });
});

describe('one that is closed and still takes what waits for it', () => {
  it.each([
    ['to come back, has five seconds for it', CLOSE.goingAway.code, 5_000],
    ['for good, as when its access was taken back, has one (W12)', CLOSE.revoked.code, 1_000],
  ])('%s', (_, code, ms) => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { link, ws, socket, fill } = scene();
    fill();
    link.close(code, '');
    // It drains a little all the time.
    for (let passed = 100; passed < ms; passed += 100) {
      socket.writableLength -= 1_024;
      vi.advanceTimersByTime(100);
      expect(ws.terminated).toBe(false);
    }
    vi.advanceTimersByTime(100);
    expect(ws.terminated).toBe(true);
  });
});

describe('a socket that closes in time', () => {
  it('leaves no timer behind', () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { link, ws } = scene();
    link.close(1000, '');
    expect(vi.getTimerCount()).toBe(1);
    ws.emit('close');
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a small frame of a large slab', () => {
  const slab = Buffer.alloc(64 * 1024, 'x');
  const frame = slab.subarray(100, 140);

  it('is copied where it may wait for long: a slow socket would keep a slab alive for each', () => {
    const { link, socket } = scene();
    link.sendNow(Buffer.from('waits'));
    link.sendNow(frame);
    const [, kept] = socket.written;
    expect(kept).toEqual(frame);
    expect(kept?.buffer).not.toBe(slab.buffer);
  });

  it('is written as it is where nothing waits, and so is a frame that fills most of its slab', () => {
    const { link, socket } = scene();
    link.sendNow(frame);
    link.sendNow(slab.subarray(0, 48 * 1024));
    expect(socket.written.map(({ buffer }) => buffer === slab.buffer)).toEqual([true, true]);
  });
});
