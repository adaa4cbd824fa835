import { encodeControl, type ServerMessage } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import type { Conversation, Incoming } from '../../server/src/core/conversation/conversation.ts';
import type { Entry } from '../../server/src/core/log/log.ts';
import type { Link } from '../../server/src/core/session/link.ts';
import { until } from '../support/until.ts';
import { entryOf } from '../support/zeromq.ts';

/** What the adapter told its conversation, in order. */
export type Heard =
  | { readonly kind: 'heard'; readonly ping: number }
  | { readonly kind: 'room again' }
  | { readonly kind: 'closed' };

/** A conversation that only records. */
export class Recorder implements Pick<Conversation, 'receive' | 'roomAgain' | 'closed'> {
  readonly heard: Heard[] = [];
  /** Called with each message that is handed over: a core may hold the link there. */
  onHeard: ((ping: number) => void) | undefined;

  receive(incoming: Incoming): void {
    if (incoming.kind === 'fault' || !('ping' in incoming.message)) throw new Error('no ping was sent');
    const { id } = incoming.message.ping;
    this.heard.push({ kind: 'heard', ping: id });
    this.onHeard?.(id);
  }

  roomAgain(): void {
    this.heard.push({ kind: 'room again' });
  }

  closed(): void {
    this.heard.push({ kind: 'closed' });
  }
}

/** A link between a conversation and a client that does what the test says. */
export interface LinkUnderTest {
  readonly link: Link;
  readonly recorder: Recorder;
  /** The messages that have come to the client. */
  readonly texts: readonly string[];
  /** The client's end is closed, whoever closed it. */
  readonly isOver: boolean;
  /** The client sends `{"ping":{"id":…}}` for each. */
  pings(...ids: number[]): void;
  /** Resolves when a link that is read would have handed over what its client sent. */
  carried(): Promise<void>;
  /** The client takes nothing any more, and the link is filled up. */
  fill(): void;
  /** The client takes what waits for it, and all that comes. */
  drain(): void;
  /** Nothing comes from the client for a while. */
  quiet(): void;
  hangUp(): void;
}

const pong = (id: number): ServerMessage => ({ pong: { id } });
const textOf = (entry: Entry): string => entry.text.toString();

/**
 * The sentences of the `Link` port, for any implementation.
 * @param hears whether its clients can say anything; those of events cannot
 */
export function linkContract(name: string, open: () => Promise<LinkUnderTest>, hears = true): void {
  const heard = ({ recorder: { heard } }: LinkUnderTest): number[] =>
    heard.flatMap((one) => (one.kind === 'heard' ? [one.ping] : []));
  // What cannot happen is no test that is left out.
  const itIfHeard: (title: string, test: () => Promise<void>) => void = hears ? it : () => undefined;
  const count = ({ recorder: { heard } }: LinkUnderTest, kind: Heard['kind']): number =>
    heard.filter((one) => one.kind === kind).length;

  describe(`Link: ${name}`, () => {
    it('what is said and sent leaves in the order given, entries alone and together, of any length', async () => {
      const under = await open();
      const { link } = under;
      const entries = [1, 100, 126, 10_000, 65_536, 200_000].map((size, i) =>
        entryOf(`raum-ü${i}`, JSON.stringify('x'.repeat(size)), true, i + 1),
      );
      const expected: string[] = [];
      for (const [i, entry] of entries.entries()) {
        link.say(pong(i));
        link.send(link.encoding.encode([entry]));
        link.send(link.encoding.encode(entries.slice(0, i + 1)));
        link.sendNow(link.encoding.encode([entry]));
        expected.push(encodeControl(pong(i)), textOf(entry));
        expected.push(...entries.slice(0, i + 1).map(textOf), textOf(entry));
      }
      link.say(pong(99));
      expected.push(encodeControl(pong(99)));
      await until('all of it', () => under.texts.length >= expected.length);
      expect(under.texts).toEqual(expected);
    });

    it('say encodes before it returns: what its caller does to the message later changes nothing', async () => {
      const under = await open();
      const message = { pong: { id: 1 } };
      under.link.say(message);
      message.pong.id = 2;
      await until('the message', () => under.texts.length > 0);
      expect(under.texts).toEqual([encodeControl(pong(1))]);
    });

    it('its encoding is that of all links of its kind, so that they may be sent one buffer', async () => {
      const [one, other] = [await open(), await open()];
      expect(one.link.encoding).toBe(other.link.encoding);
      const { encoding } = one.link;
      expect(one.link.encoding).toBe(encoding);
      for (const entries of [[entryOf('a', '1')], [entryOf('a', '1'), entryOf('b', '"ü"', true, 2)]]) {
        const [first, again] = [encoding.encode(entries), encoding.encode(entries)];
        expect(again.equals(first)).toBe(true);
        for (const { link } of [one, other]) link.sendNow(first);
      }
      for (const under of [one, other]) {
        await until('all entries', () => under.texts.length === 3);
        expect(under.texts.map((text) => text.split(' ').slice(2).join(' '))).toEqual([
          'a 1',
          'a 1',
          'b "ü"',
        ]);
      }
    });

    it('encoding changes no text, and what it answers stays as it is', async () => {
      const { encoding } = (await open()).link;
      const entries = [10, 200, 70_000].map((size, i) => entryOf('a', `"${'x'.repeat(size)}"`, true, i + 1));
      const texts = entries.map(textOf);
      const alone = entries.map((entry) => encoding.encode([entry]));
      const together = encoding.encode(entries);
      const before = [...alone, together].map((encoded) => Buffer.from(encoded));
      for (const entry of entries) encoding.encode([entry, entry]);
      expect(entries.map(textOf)).toEqual(texts);
      expect([...alone, together].map((encoded, i) => encoded.equals(before[i] as Buffer))).not.toContain(
        false,
      );
      expect(entries.some(({ text }) => text.buffer === together.buffer)).toBe(false);
    });

    it('is full while too much waits, takes control messages all the same, and reports room once', async () => {
      const under = await open();
      const { link } = under;
      expect(link.hasRoom).toBe(true);
      under.fill();
      expect(link.hasRoom).toBe(false);
      link.say(pong(1));
      link.say(pong(2));
      expect(count(under, 'room again')).toBe(0);
      under.drain();
      await until('room', () => link.hasRoom);
      await until('what was said', () => under.texts.at(-1) === encodeControl(pong(2)));
      expect(under.texts.at(-2)).toBe(encodeControl(pong(1)));
      expect(count(under, 'room again')).toBe(1);
    });

    itIfHeard(
      'while it is held nothing is handed over; when it is released all is, in order, until it is held again',
      async () => {
        const under = await open();
        const { link } = under;
        link.hold();
        under.pings(1, 2, 3, 4);
        await under.carried();
        expect(heard(under)).toEqual([]);
        under.recorder.onHeard = (ping) => {
          if (ping === 2 || ping === 3) link.hold();
        };
        link.release();
        for (const all of [
          [1, 2],
          [1, 2, 3],
          [1, 2, 3, 4],
        ]) {
          await until('the next', () => heard(under).length === all.length);
          await under.carried();
          expect(heard(under)).toEqual(all);
          link.release();
        }
      },
    );

    itIfHeard('answers alive once for what came, and not for silence', async () => {
      const under = await open();
      under.pings(1);
      await until('the ping', () => heard(under).length === 1);
      expect(under.link.alive()).toBe(true);
      under.quiet();
      expect(under.link.alive()).toBe(false);
    });

    it('once closed it takes nothing more, and reports so once', async () => {
      const under = await open();
      const { link } = under;
      link.say(pong(1));
      link.close(4_001, 'over');
      link.close(4_002, 'over again');
      link.say(pong(2));
      link.send(link.encoding.encode([entryOf('a', '1')]));
      link.sendNow(link.encoding.encode([entryOf('a', '1')]));
      await until('the end', () => under.isOver && count(under, 'closed') > 0);
      expect(under.texts).toEqual([encodeControl(pong(1))]);
      expect(count(under, 'closed')).toBe(1);
    });

    it('reports once that its client has closed, and takes nothing more', async () => {
      const under = await open();
      const { link } = under;
      under.hangUp();
      await until('the end', () => count(under, 'closed') > 0);
      link.say(pong(1));
      link.sendNow(link.encoding.encode([entryOf('a', '1')]));
      link.close(4_001, 'over');
      await under.carried();
      expect([under.texts, count(under, 'closed')]).toEqual([[], 1]);
    });
  });
}
