import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { LineWriter } from '../../server/src/line-writer.ts';

/** A stream that a test lets fail, and what arrived in it. */
class Fickle extends Writable {
  failure: Error | undefined;
  isStuck = false;
  written = '';

  constructor() {
    super({ decodeStrings: false });
  }

  override _write(chunk: string, _encoding: string, done: (error?: Error | null) => void): void {
    if (this.isStuck) return;
    if (!this.failure) this.written += chunk;
    done(this.failure);
  }

  /** As Node's own stderr does: it stays open after an error. */
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    done(error);
    (this as unknown as { _undestroy(): void })._undestroy();
  }
}

function writing() {
  const stream = new Fickle();
  const writer = new LineWriter(stream, (lost) => `lost ${lost}\n`);
  return { stream, writer };
}

const turn = () => new Promise(setImmediate);

describe('a writer of lines', () => {
  it('survives a stream that fails, counts what is lost, and reports it once the stream works again', async () => {
    const { stream, writer } = writing();
    writer.write('one\n');
    stream.failure = new Error('ENOSPC');
    for (const line of ['two\n', 'three\n']) {
      writer.write(line);
      await turn();
    }
    expect(writer.lost).toBe(2);
    stream.failure = undefined;
    writer.write('four\n');
    await turn();
    writer.write('five\n');
    await turn();
    expect(stream.written).toBe('one\nlost 2\nfour\nfive\n');
  });

  it('counts a line again that is lost with the report itself', async () => {
    const { stream, writer } = writing();
    stream.failure = new Error('EPIPE');
    for (let i = 0; i < 3; i++) {
      writer.write('x\n');
      await turn();
    }
    stream.failure = undefined;
    writer.write('y\n');
    await turn();
    expect(stream.written).toBe('lost 3\ny\n');
    expect(writer.lost).toBe(3);
  });

  it('survives a stream that throws', () => {
    const { stream, writer } = writing();
    stream.write = () => {
      throw new Error('ERR_STREAM_DESTROYED');
    };
    writer.write('x\n');
    expect(writer.lost).toBe(1);
  });

  it('keeps no more than a mebibyte for a reader that has stopped', () => {
    const { stream, writer } = writing();
    stream.isStuck = true;
    for (let i = 0; i < 300; i++) writer.write(`${'x'.repeat(9_999)}\n`);
    expect(stream.writableLength).toBeLessThanOrEqual(1024 * 1024 + 10_000);
    expect(writer.lost).toBe(300 - Math.ceil((1024 * 1024 + 1) / 10_000));
  });

  it('listens to a stream once, however many write to it', () => {
    const stream = new Fickle();
    for (let i = 0; i < 20; i++) new LineWriter(stream, String);
    expect(stream.listenerCount('error')).toBe(1);
  });
});
