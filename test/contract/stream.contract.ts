import { describe, expect, it } from 'vitest';
import {
  type FollowEnd,
  type Follower,
  type Message,
  type Outcome,
  type Stream,
  StreamFault,
} from '../../server/src/logs/jetstream/stream.ts';
import { until } from '../support/until.ts';

export interface StreamUnderTest {
  readonly stream: Stream;
  /** What its subjects begin with. */
  readonly prefix: string;
  /** As limits do, or an operator who purges it. */
  readonly dropBelow: (sequence: number) => Promise<void> | void;
  /** Takes the stream away, and makes another one of the same name. */
  readonly recreate: () => Promise<void> | void;
  readonly remove: () => Promise<void> | void;
}

class Followed implements Follower {
  readonly sequences: number[] = [];
  readonly messages: Message[] = [];
  readonly ends: FollowEnd[] = [];

  message(message: Message): void {
    this.sequences.push(message.sequence);
    this.messages.push(message);
  }

  ended(why: FollowEnd): void {
    this.ends.push(why);
  }

  caughtUp(): Promise<void> {
    return Promise.resolve();
  }
}

const sequenceOf = (outcome: Outcome): number => {
  expect(outcome).toMatchObject({ kind: 'stored' });
  return outcome.kind === 'stored' ? outcome.sequence : 0;
};

/** The sentences of the `Stream` port, for any implementation. */
export function streamContract(name: string, make: () => Promise<StreamUnderTest> | StreamUnderTest): void {
  const open = async () => {
    const under = await make();
    const { stream, prefix } = under;
    let count = 0;
    const publish = (text: string, more: { id?: string; subject?: string; lastOfSubject?: number } = {}) =>
      stream.publish({ subject: `${prefix}.a`, id: `id-${++count}`, data: Buffer.from(text), ...more });
    const several = async (n: number): Promise<number[]> => {
      const sequences: number[] = [];
      for (let i = 0; i < n; i++) sequences.push(sequenceOf(await publish(`text ${i}`)));
      return sequences;
    };
    return { ...under, publish, several };
  };

  describe(`Stream: ${name}`, () => {
    it('stores messages one behind the other, and says where', async () => {
      const { stream, publish } = await open();
      expect(await stream.info()).toMatchObject({ first: expect.any(Number), last: 0 });
      const before = Date.now();
      expect(await publish('x', { id: 'one' })).toEqual({ kind: 'stored', sequence: 1, isAgain: false });
      expect(await publish('y')).toEqual({ kind: 'stored', sequence: 2, isAgain: false });
      const info = await stream.info();
      expect(info).toMatchObject({ first: 1, last: 2 });
      expect(info.bytes).toBeGreaterThan(0);
      const message = await stream.get(1);
      expect(message).toMatchObject({ sequence: 1, id: 'one', data: Buffer.from('x') });
      expect(Number.isSafeInteger(message?.time)).toBe(true);
      expect(before).toBeGreaterThan(0);
      await stream.close();
    });

    it('stores what has the same id once', async () => {
      const { stream, publish } = await open();
      await publish('x', { id: 'one' });
      await publish('y');
      expect(await publish('x', { id: 'one' })).toEqual({ kind: 'stored', sequence: 1, isAgain: true });
      expect((await stream.info()).last).toBe(2);
      await stream.close();
    });

    it('stores nothing where the last message of the subject is another one', async () => {
      const { stream, publish, prefix } = await open();
      const subject = `${prefix}.b`;
      expect(await publish('x', { subject, lastOfSubject: 1 })).toMatchObject({
        kind: 'refused',
        why: 'other-last',
      });
      const first = sequenceOf(await publish('x', { subject, lastOfSubject: 0 }));
      await publish('elsewhere');
      expect(await publish('y', { subject, lastOfSubject: 0 })).toMatchObject({ why: 'other-last' });
      const second = sequenceOf(await publish('y', { subject, lastOfSubject: first }));
      expect((await stream.lastOf(subject))?.sequence).toBe(second);
      expect((await stream.info()).last).toBe(second);
      await stream.close();
    });

    it('answers single messages, or that there is none', async () => {
      const { stream, publish, prefix, dropBelow } = await open();
      await publish('1');
      await publish('2', { subject: `${prefix}.b` });
      await publish('3');
      expect((await stream.lastOf(`${prefix}.a`))?.data.toString()).toBe('3');
      expect(await stream.lastOf(`${prefix}.c`)).toBeUndefined();
      expect(await stream.get(4)).toBeUndefined();
      expect(await stream.next(4)).toBeUndefined();
      await dropBelow(3);
      expect(await stream.get(2)).toBeUndefined();
      expect(await stream.lastOf(`${prefix}.b`)).toBeUndefined();
      expect((await stream.next(1))?.sequence).toBe(3);
      expect(await stream.info()).toMatchObject({ first: 3, last: 3 });
      await dropBelow(4);
      expect(await stream.info()).toMatchObject({ first: 4, last: 3 });
      expect(await stream.next(1)).toBeUndefined();
      await stream.close();
    });

    it('fetches a range in order, from the first that is held on, and one message at least', async () => {
      const { stream, several, dropBelow } = await open();
      await several(20);
      const ample = 1_000_000;
      const fetched = async (from: number, to: number, bytes: number): Promise<number[]> =>
        (await stream.fetch({ from, to, bytes })).map(({ sequence }) => sequence);
      const all: number[] = [];
      while (all.length < 20) {
        const more = await fetched((all.at(-1) ?? 0) + 1, 20, ample);
        expect(more.length).toBeGreaterThan(0);
        all.push(...more);
      }
      expect(all).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
      expect(await fetched(3, 3, 1)).toEqual([3]);
      expect((await fetched(5, 20, 1))[0]).toBe(5);
      expect((await fetched(18, 19, ample)).at(-1)).toBeLessThanOrEqual(19);
      await dropBelow(10);
      expect((await fetched(2, 20, ample))[0]).toBe(10);
      expect(await fetched(2, 9, ample)).toEqual([]);
      expect(await fetched(21, 30, ample)).toEqual([]);
      await stream.close();
    });

    it('hands over what is there and what comes, in order and once, until it is stopped', async () => {
      const { stream, several } = await open();
      await several(5);
      const followed = new Followed();
      const following = stream.follow(2, followed);
      expect(followed.sequences).toEqual([]);
      await until('what was there', () => followed.sequences.length === 3);
      await several(5);
      await until('what comes', () => followed.sequences.length === 8);
      expect(followed.sequences).toEqual([3, 4, 5, 6, 7, 8, 9, 10]);
      expect(followed.messages[0]).toMatchObject({ id: 'id-3', data: Buffer.from('text 2') });
      following.stop();
      const other = new Followed();
      stream.follow(10, other);
      await several(1);
      await until('another one', () => other.sequences.length === 1);
      expect([followed.sequences.length, followed.ends]).toEqual([8, []]);
      await stream.close();
    });

    it('hands over what is held, where the beginning was dropped', async () => {
      const { stream, several, dropBelow } = await open();
      await several(5);
      await dropBelow(4);
      const followed = new Followed();
      stream.follow(1, followed);
      await until('what is held', () => followed.sequences.length === 2);
      expect(followed.sequences).toEqual([4, 5]);
      await stream.close();
    });

    it('knows another stream of its name by its time', async () => {
      const { stream, several, recreate } = await open();
      await several(2);
      const { created } = await stream.info();
      await recreate();
      const again = await stream.info();
      expect(again.created).not.toBe(created);
      expect(again.last).toBe(0);
      expect(await several(1)).toEqual([1]);
      await stream.close();
    });

    it('says that nobody knows of a message, and that there is no stream', async () => {
      const { stream, publish, several, remove } = await open();
      await several(1);
      await remove();
      expect(await publish('x')).toMatchObject({ kind: 'unknown' });
      for (const ask of [() => stream.info(), () => stream.get(1), () => stream.lastOf('a')])
        await expect(ask()).rejects.toMatchObject({ name: 'StreamFault' });
      await expect(stream.info()).rejects.toBeInstanceOf(StreamFault);
      await stream.close();
    });

    it('takes a message of as many bytes as it says', async () => {
      const { stream, prefix } = await open();
      const data = Buffer.alloc(stream.dataBytesMost, 'x');
      expect(await stream.publish({ subject: `${prefix}.a`, id: 'large', data })).toMatchObject({
        kind: 'stored',
      });
      expect((await stream.get(1))?.data.equals(data)).toBe(true);
      await stream.close();
    });
  });
}
