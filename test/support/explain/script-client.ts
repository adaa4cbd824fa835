import { LIMITS, type SubscribeBody } from '@zerospan/shared';
import type { Conversation } from '../../../server/src/core/conversation/conversation.ts';
import { decodeClientMessage } from '../../../server/src/web/socket/messages.ts';
import type { Happening, Moment, Said, TranscriptLink } from './transcript.ts';

/** What a client knows of one of its subscriptions. */
interface Known {
  body: SubscribeBody;
  stage: 'asked' | 'replaying' | 'live';
  start: number;
  /** Of its first `subscribed` in this epoch. */
  first: number | undefined;
  replayed: number | undefined;
  readonly askedMs: number;
  /** As it was sent last. */
  sent: SubscribeBody | undefined;
}

/** One connection, and whose. */
export interface Life {
  readonly session: () => string | undefined;
  readonly link: TranscriptLink;
  readonly conversation: Conversation;
  /** The moment at which it ended, and whether the client was lost. */
  ended: { readonly at: Moment; readonly isLost: boolean; readonly written: number } | undefined;
}

/** A client of the protocol in as few lines as it takes: it reads frames one by one, acks, and resumes as C4 says. */
export class ScriptClient {
  readonly id: string;
  readonly acks: boolean;
  readonly lives: Life[] = [];
  token: string;
  epoch: string | undefined;
  #subscriptions = new Map<number, Known>();
  #position = 0;
  #read = 0;
  #bytes = 0;
  #said = 0;
  #announced: { id: number; left: number } | undefined;
  #nextId = 0;
  #connection = 0;
  #mustAck = false;
  /** What reached it. */
  readonly has = new Set<number>();

  constructor(id: string, acks: boolean, token: string) {
    this.id = id;
    this.acks = acks;
    this.token = token;
  }

  get life(): Life | undefined {
    const life = this.lives.at(-1);
    return life?.ended ? undefined : life;
  }

  get ids(): number[] {
    return [...this.#subscriptions.keys()];
  }

  filtersOf(id: number): SubscribeBody | undefined {
    return this.#subscriptions.get(id)?.body;
  }

  /** @param resumes whether it gives its positions */
  connect(life: Life, resumes: boolean, nowMs: number): void {
    this.lives.push(life);
    this.#read = 0;
    this.#bytes = 0;
    this.#said = 0;
    this.#announced = undefined;
    if (!resumes) {
      const before = [...this.#subscriptions.values()];
      this.#subscriptions = new Map();
      for (const { body } of before) {
        const { after: _a, replayed: _r, ...asked } = body;
        this.#know({ ...asked, id: ++this.#nextId }, nowMs);
      }
    }
    const subscriptions = [...this.#subscriptions.values()].map((known) => this.#again(known, nowMs));
    const epoch = resumes && this.epoch !== undefined ? { epoch: this.epoch } : {};
    const { id: client, acks, token } = this;
    this.say({
      hello: {
        protocol: 'zerospan.v1',
        client,
        acks,
        token,
        connection: ++this.#connection,
        subscriptions: JSON.parse(JSON.stringify(subscriptions)),
        ...epoch,
      },
    });
  }

  subscribe(body: Omit<SubscribeBody, 'id'>, nowMs: number): void {
    const known = this.#know({ ...body, id: ++this.#nextId }, nowMs);
    this.say({ subscribe: known.body });
  }

  unsubscribe(id: number, channels?: readonly string[]): void {
    const known = this.#subscriptions.get(id);
    if (!known) return;
    const left = known.body.channels?.filter((channel) => !channels?.includes(channel)) ?? [];
    if (!channels || left.length + (known.body.prefixes?.length ?? 0) === 0) this.#subscriptions.delete(id);
    else known.body = { ...known.body, channels: left };
    this.say({ unsubscribe: { id, ...(channels && { channels }) } });
  }

  /** Hands the next frames to its application. */
  read(most: number): void {
    const happened = this.life?.link.happened ?? [];
    for (let done = 0; done < most && this.#read < happened.length; this.#read++) {
      const one = happened[this.#read] as Happening;
      if (one.kind === 'said') continue;
      done++;
      if (one.kind === 'entry') this.#entry(one.offset, one.bytes);
      else this.#control(one.message as Said);
    }
  }

  ack(): void {
    if (!this.acks || this.epoch === undefined) return;
    const replaying = [...this.#subscriptions.values()].filter(
      ({ stage, start }) => stage === 'replaying' && start >= 0,
    );
    const least = Math.min(this.#position, ...replaying.map(({ start }) => start));
    this.#said = Math.max(this.#said, least);
    this.say({ ack: { offset: this.#said, bytes: this.#bytes } });
  }

  say(message: Said): void {
    const { life } = this;
    if (!life) return;
    life.link.said(message);
    life.conversation.receive(decodeClientMessage(Buffer.from(JSON.stringify(message)), LIMITS));
  }

  #know(body: SubscribeBody, askedMs: number): Known {
    const known: Known = {
      body,
      stage: 'asked',
      start: 0,
      first: undefined,
      replayed: undefined,
      askedMs,
      sent: undefined,
    };
    this.#subscriptions.set(body.id, known);
    return known;
  }

  #entry(offset: number, bytes: number): void {
    this.#bytes += bytes;
    this.has.add(offset);
    if (!this.#announced) {
      this.#position = offset;
      return;
    }
    const known = this.#subscriptions.get(this.#announced.id);
    if (known) known.replayed = offset;
    this.#announced.left -= 1;
    if (this.#announced.left === 0) this.#announced = undefined;
  }

  #control(message: Said): void {
    if (message.welcome) {
      const { epoch, from, begins = 0 } = message.welcome;
      if (this.epoch !== undefined && this.epoch !== epoch) this.#otherEpoch(begins);
      this.epoch = epoch;
      this.#position = from;
      // A client that resumes acks at once (A2).
      if (message.welcome.resumed) this.#mustAck = true;
    } else if (message.subscribed) {
      const known = this.#subscriptions.get(message.subscribed.id);
      if (!known) return;
      known.stage = message.subscribed.replaying ? 'replaying' : 'live';
      known.start = message.subscribed.offset;
      known.first ??= message.subscribed.offset;
    } else if (message.live) {
      const known = this.#subscriptions.get(message.live.subscription);
      if (known) Object.assign(known, { stage: 'live', start: message.live.offset, replayed: undefined });
    } else if (message.refused?.subscription !== undefined) {
      this.#subscriptions.delete(message.refused.subscription);
    } else if (message.replay) {
      this.#announced = { id: message.replay.subscription, left: message.replay.count };
    } else if (message.beat) {
      this.#position = Math.max(this.#position, message.beat.offset);
    }
  }

  /** To be called when frames have been read: the first ack of a client that resumes. */
  ackAtOnce(): void {
    if (this.#mustAck) this.ack();
    this.#mustAck = false;
  }

  #otherEpoch(begins: number): void {
    for (const known of this.#subscriptions.values()) {
      if (known.first === undefined) continue;
      Object.assign(known, { first: begins, replayed: undefined, start: begins, stage: 'asked' });
      const { replay: _, ...body } = known.body;
      known.body = body;
    }
    this.#position = begins;
  }

  /** As C4 says. */
  #again(known: Known, nowMs: number): SubscribeBody {
    known.sent = this.#asked(known, nowMs);
    known.stage = 'asked';
    return known.sent;
  }

  #asked({ body, stage, start, first, replayed, askedMs, sent }: Known, nowMs: number): SubscribeBody {
    const { replay, after, replayed: _, ...rest } = body;
    if (first === undefined) return body;
    if (stage === 'asked' && sent) return { ...sent, ...rest };
    if (stage === 'live') return { ...rest, after: Math.max(start, this.#position) };
    if (!replay) return { ...rest, after: replayed ?? sent?.after ?? after ?? first };
    const later = 'sinceMs' in replay ? { sinceMs: replay.sinceMs + nowMs - askedMs } : replay;
    return { ...rest, replay: later, after: first, ...(replayed !== undefined && { replayed }) };
  }
}
