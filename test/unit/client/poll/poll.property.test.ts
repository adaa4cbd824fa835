import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Poll } from '../../../../client/src/poll/poll.ts';
import { FakeServer, type FakeSocket, settle, subscribed } from '../../../support/client-socket.ts';

const CHANNELS = ['a', 'b', 'c'] as const;
type Channel = (typeof CHANNELS)[number];

const QUESTION = 'who is there?';
const TIMEOUT_MS = 600_000;
/** How often the server has to be heard. */
const BEAT_MS = 20_000;
/** What a wait for the next connection takes. */
const AWAY_MS = 30_000;

type Step =
  | { do: 'publish'; channel: Channel }
  /** Published, and lost on the way to this client, which is sent a gap. */
  | { do: 'lose'; channel: Channel }
  /** Lost before it reached the log. */
  | { do: 'lose upstream'; channel: Channel }
  /** The question is appended; its copies come, or are lost with a gap. */
  | { do: 'append'; copies: boolean }
  | { do: 'answer'; how: 'accepted' | 'outcome-unknown' }
  /** The connection, or the log as well. */
  | { do: 'cut'; log: boolean }
  | { do: 'time' };

/** Something that the subscription of the poll is given, in this order. */
type Event =
  | { is: 'publication'; channel: Channel; text: string; isCopy: boolean }
  | { is: 'gap'; channels: readonly Channel[]; reason: string };

/** A server that keeps the account which the poll has to reach by offsets and epochs alone. */
class Scene {
  readonly server = new FakeServer();
  readonly poll: Poll;
  readonly events: Event[] = [];
  /** How many events there were before the question on each channel. */
  readonly asked = new Map<Channel, number>();
  verdict: 'none' | 'accepted' | 'outcome-unknown' = 'none';
  /** How many events there were at the end of the poll. */
  end: number | undefined;
  #socket: FakeSocket;
  #epoch = 1;
  #offset = 10;
  #accepted: { channel: Channel; offset: number }[] | undefined;
  #texts = 0;
  #leftMs = TIMEOUT_MS;

  constructor(keep: 'first' | 'latest') {
    this.poll = this.server.bus().poll([...CHANNELS], QUESTION, { keep, timeoutMs: TIMEOUT_MS });
    for (const promise of [this.poll.question, this.poll.done]) promise.catch(() => {});
    this.#socket = this.server.welcomes({ epoch: 'e1', head: 10 });
    this.#socket.says(subscribed(1, 10));
  }

  async perform(step: Step): Promise<void> {
    if (step.do === 'publish') this.#publish(step.channel, `"${++this.#texts}"`);
    else if (step.do === 'lose') this.#lose([step.channel]);
    else if (step.do === 'lose upstream') this.#loseUpstream(step.channel);
    else if (step.do === 'append') this.#append(step.copies);
    else if (step.do === 'answer') this.#answer(step.how);
    else if (step.do === 'cut') this.#mayCut(step.log);
    else if (this.verdict !== 'none' && !this.#isOver) {
      this.#pass(this.#leftMs);
      this.end ??= this.events.length;
    }
    await settle();
  }

  #publish(channel: Channel, text: string, isCopy = false): number {
    this.#offset += 1;
    this.events.push({ is: 'publication', channel, text, isCopy });
    this.#socket.frame(`${this.#offset} 1 ${channel} ${text}`);
    return this.#offset;
  }

  /** The gap names the subscription: it may have been on any of its channels. */
  #lose(channels: readonly Channel[]): number[] {
    const from = this.#offset + 1;
    this.#offset += channels.length;
    this.#gap('lag', CHANNELS);
    const epoch = `e${this.#epoch}`;
    this.#socket.says({
      gap: { subscriptions: [1], reason: 'lag', epoch, from, to: this.#offset, missed: channels.length },
    });
    return channels.map((_, i) => from + i);
  }

  #loseUpstream(channel: Channel): void {
    this.#offset += 1;
    this.#gap('upstream', [channel]);
    const at = { from: this.#offset, to: this.#offset };
    this.#socket.says({ gap: { channel, reason: 'upstream', epoch: `e${this.#epoch}`, ...at, missed: 1 } });
  }

  /** While the poll does not read yet, gaps of one reason between two publications wait as one, of all their channels. */
  #gap(reason: string, channels: readonly Channel[]): void {
    const since = this.events.findLastIndex(({ is }) => is === 'publication') + 1;
    const waiting = this.verdict === 'none' ? this.events.slice(since) : [];
    const joined = waiting.flatMap((event) =>
      event.is === 'gap' && event.reason === reason ? event.channels : [],
    );
    this.events.push({ is: 'gap', reason, channels: [...joined, ...channels] });
  }

  #append(copies: boolean): void {
    if (this.#accepted !== undefined || this.verdict !== 'none') return;
    if (copies) {
      this.#accepted = CHANNELS.map((channel) => {
        this.asked.set(channel, this.events.length);
        return { channel, offset: this.#publish(channel, JSON.stringify(QUESTION), true) };
      });
      return;
    }
    // The gap reaches beyond all of them but the last.
    CHANNELS.forEach((channel, i) => {
      this.asked.set(channel, this.events.length + (i === CHANNELS.length - 1 ? 1 : 0));
    });
    const offsets = this.#lose(CHANNELS);
    this.#accepted = CHANNELS.map((channel, i) => ({ channel, offset: offsets[i] ?? 0 }));
  }

  #answer(how: 'accepted' | 'outcome-unknown'): void {
    if (this.verdict !== 'none' || !this.#socket.messages.some((message) => 'put' in message)) return;
    if (how === 'outcome-unknown') {
      this.verdict = how;
      this.#socket.says({ refused: { put: 1, code: how, reason: 'no', remedy: 'none' } });
    } else if (this.#accepted !== undefined) {
      this.verdict = how;
      const channels = this.#accepted.map((each) => ({ ...each, sessions: 1, nativeSubscriptions: 0 }));
      this.#socket.says({ accepted: { put: 1, time: 1, channels } });
    }
  }

  /** Time would end the collection of late answers. */
  get #isOver(): boolean {
    return this.end !== undefined || this.poll.answers.size === CHANNELS.length;
  }

  #pass(ms: number): void {
    this.#leftMs -= ms;
    for (let left = ms; left > 0; left -= BEAT_MS) {
      this.#socket.says({ beat: { offset: this.#offset } });
      this.server.clock.advance(Math.min(left, BEAT_MS));
    }
  }

  /** Not so often that time ends the poll, or what collects late answers. */
  #mayCut(log: boolean): void {
    if (this.#leftMs <= 2 * AWAY_MS || this.#isOver) return;
    this.#leftMs -= AWAY_MS;
    this.#cut(log);
  }

  #cut(log: boolean): void {
    const wasSent = this.#socket.messages.some((message) => 'put' in message);
    this.#socket.drops();
    this.#socket = this.server.returns();
    const from = this.#offset;
    if (!log) {
      this.server.welcomes({ epoch: `e${this.#epoch}`, head: from, from, resumed: true });
      this.#socket.says(subscribed(1, from));
      return;
    }
    this.#epoch += 1;
    this.#offset = 0;
    this.#gap('restart', CHANNELS);
    if (wasSent && this.verdict === 'none') this.verdict = 'outcome-unknown';
    else if (this.verdict === 'none') this.#forget();
    this.server.welcomes({ epoch: `e${this.#epoch}` });
    this.#socket.says(subscribed(1, 0));
  }

  /** What was appended by no put of this client is no question. */
  #forget(): void {
    this.#accepted = undefined;
    this.asked.clear();
  }
}

/** What a poll should have come to, by the order of events alone. */
function expected(
  { events, asked, verdict, end = Number.POSITIVE_INFINITY }: Scene,
  keep: 'first' | 'latest',
) {
  const isAccepted = verdict === 'accepted';
  const all = CHANNELS.map((channel) => {
    const open = isAccepted ? (asked.get(channel) ?? 0) : opening(events, channel);
    const own = events.flatMap((event, i) =>
      event.is === 'publication' && event.channel === channel && !event.isCopy && i >= open
        ? [{ text: event.text, i }]
        : [],
    );
    const hasCopy = events.some((event) => isCopyOn(event, channel));
    const isTouched = events.some(
      (event, i) => event.is === 'gap' && event.channels.includes(channel) && (!isAccepted || i >= open),
    );
    return { channel, own, isUnknown: isTouched || !(isAccepted || hasCopy) };
  });
  // It ends by itself with the last first answer.
  const last = Math.max(...all.map(({ own }) => own[0]?.i ?? Number.POSITIVE_INFINITY));
  const over = Math.min(end, last + 1);
  const counted = all.map(({ channel, own, isUnknown }) => {
    const inTime = own.filter(({ i }) => i < over);
    const answer = keep === 'first' ? inTime[0] : inTime.at(-1);
    return { channel, answer, isUnknown, late: own.slice(inTime.length) };
  });
  const late = counted.filter(({ answer }) => !answer || keep === 'latest').flatMap(({ late }) => late);
  return {
    answers: new Map(
      counted.flatMap(({ channel, answer }) => (answer ? [[channel as string, answer.text]] : [])),
    ),
    unknown: counted.flatMap(({ channel, answer, isUnknown }) => (!answer && isUnknown ? [channel] : [])),
    late: late.map(({ text }) => text),
  };
}

function isCopyOn(event: Event, channel: Channel): boolean {
  return event.is === 'publication' && event.channel === channel && event.isCopy;
}

/** Where nobody knows where the question is: at its copy, or else behind the first gap that may have taken it. */
function opening(events: readonly Event[], channel: Channel): number {
  const copy = events.findIndex((event) => isCopyOn(event, channel));
  const gap = events.findIndex((event) => event.is === 'gap' && event.channels.includes(channel));
  if (copy >= 0 && (gap < 0 || copy < gap)) return copy;
  return gap >= 0 ? gap : Number.POSITIVE_INFINITY;
}

const channel = fc.constantFrom(...CHANNELS);
const step = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant('publish' as const), channel }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('lose' as const), channel }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('lose upstream' as const), channel }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('append' as const), copies: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('answer' as const),
      how: fc.constantFrom('accepted' as const, 'accepted' as const, 'outcome-unknown' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cut' as const), log: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('time' as const) }) },
);

it('counts what the order of events says, whatever was lost, cut or restarted', async () => {
  const warn = console.warn;
  console.warn = () => {};
  const property = fc.asyncProperty(
    fc.array(step, { maxLength: 25 }),
    fc.constantFrom('first' as const, 'latest' as const),
    async (script, keep) => {
      const scene = new Scene(keep);
      await settle();
      for (const each of script) await scene.perform(each);
      const { answers, unknown, late } = scene.verdict === 'none' ? NOTHING : expected(scene, keep);
      const { poll } = scene;
      const given = new Map([...poll.answers.values()].map((each) => [each.channel, each.text]));
      expect(given).toEqual(answers);
      expect(poll.unknown).toEqual(unknown);
      expect(poll.missing).toEqual(CHANNELS.filter((name) => !answers.has(name) && !unknown.includes(name)));
      expect(new Set(poll.late.map(({ text }) => text))).toEqual(new Set(late));
    },
  );
  try {
    await fc.assert(property, { numRuns: 2_000, seed: 1 });
  } finally {
    console.warn = warn;
  }
}, 120_000);

const NOTHING = { answers: new Map<string, string>(), unknown: [] as string[], late: [] as string[] };
