import { createHash } from 'node:crypto';
import type { Clock } from '@zerospan/shared';
import type { HeardRevocations, Revocations, Revoked } from '../../../core/access/revocations.ts';
import type { Network } from '../../../core/cluster/network.ts';
import { type Stream, StreamFault } from '../../../logs/jetstream/stream.ts';
import { Blindness } from './blindness.ts';
import { readRevoked } from './message.ts';
import { Outbox } from './outbox.ts';
import { RevocationReader } from './reader.ts';
import { Repeats } from './repeats.ts';

/** The stream is asked this often for what others have revoked, where no node says that there is something new. */
export const POLL_MS = 1_000;

/**
 * For so long it is said again that a session has ended: one that is on its way in has come by then, and a node that
 * was out of reach for longer has closed what was open there, or is about to.
 */
const SESSION_SAID_MS = 60_000;

/** What the stream has dropped is given to it again this often at most: more may hold than it has room for. */
const GIVING_MS = 10_000;

export interface SharedRevocationsParts {
  readonly stream: Stream;
  readonly subject: string;
  /** Makes the stream again, when somebody has removed it. */
  readonly recreate: () => Promise<void>;
  readonly network: Network;
  readonly clock: Clock;
  /** What of it holds on this node. */
  readonly own: HeardRevocations;
  /** How long a node may not hear what others revoke; 0: any time. */
  readonly blindMs: number;
  /** PORT: the operator hears of it. It MUST NOT throw. */
  readonly log: KeptLog;
}

export interface KeptLog {
  report(
    event: 'revocations-not-kept' | 'revocations-unheard',
    about: Readonly<Record<string, string>>,
  ): void;
}

/**
 * Revocations of all nodes of a bus. Each is a message of a stream of its own, which keeps it for longer than any token
 * lasts; but for ends of sessions, which are said to the other nodes for a minute, and would push out the rest. Every
 * node asks the leader of that stream once a second what it has, so that one that answers has been heard in full: a
 * consumer that is pushed to may be silent because there is nothing, or because it is gone.
 */
export class SharedRevocations implements Revocations {
  readonly #parts: SharedRevocationsParts;
  readonly #reader: RevocationReader;
  readonly #outbox: Outbox;
  readonly #listeners = new Set<() => void>();
  /** Where in the stream the last message of each is, by its text. */
  readonly #places = new Map<string, number>();
  /** What the stream has taken from here, and has not been read in it yet, by its text. */
  readonly #unseen = new Map<string, Revoked>();
  readonly #sessions: Repeats;
  /** What the stream held below this has been dropped, and not been given to it again yet; 0: nothing. */
  #droppedBelow = 0;
  #givenMs = Number.NEGATIVE_INFINITY;
  #count = 0;
  #stop: () => void = () => undefined;
  #polling: Promise<void> | undefined;
  #pollsAgain = false;
  #isRecreating = false;
  readonly #blindness: Blindness;
  #isClosed = false;

  /**
   * Reads what was revoked before: to be called before anybody is admitted.
   * @throws StreamFault
   */
  static async open(parts: SharedRevocationsParts): Promise<SharedRevocations> {
    const shared = new SharedRevocations(parts);
    await shared.#reader.read();
    shared.#blindness.heard(parts.clock.elapsed());
    parts.stream.onContact(() => shared.#contact());
    parts.network.hear('revoked', ({ body }) => {
      const what = readRevoked(body);
      // Whatever else is said says that the stream has something new.
      if (what) shared.#heard(what);
      else void shared.poll();
    });
    shared.#wait();
    return shared;
  }

  private constructor(parts: SharedRevocationsParts) {
    this.#parts = parts;
    this.#blindness = new Blindness(parts.clock, parts.blindMs, () => {
      parts.log.report('revocations-unheard', {
        reason: 'the NATS servers have not answered',
        setting: 'auth.blindMs',
      });
      for (const listener of this.#listeners) listener();
    });
    this.#sessions = new Repeats(parts.clock, SESSION_SAID_MS);
    this.#outbox = new Outbox({
      ...parts,
      stored: (what, sequence) => this.#stored(what, sequence),
      refused: (reason) => parts.log.report('revocations-not-kept', { reason }),
    });
    this.#reader = new RevocationReader(parts.stream, {
      revoked: (what, sequence) => this.#read(what, sequence),
      // Another stream, or an older state of it: what it has lost it is given again.
      begins: () => {
        this.#places.clear();
        this.#unseen.clear();
        this.#droppedBelow = 0;
        for (const what of parts.own.known()) this.#postAgain(what);
      },
      dropped: (first, isUnread) => {
        this.#droppedBelow = first;
        if (isUnread)
          parts.log.report('revocations-unheard', {
            reason: 'the stream dropped some that were not read yet',
          });
        this.#giveAgain();
      },
    });
  }

  /** How many are not in the stream yet. */
  get unsent(): number {
    return this.#outbox.size;
  }

  /** Whether what others revoke has not been heard for so long that nobody is to come in by a token. */
  get isBlind(): boolean {
    return this.#blindness.isBlind;
  }

  revoke(what: Revoked): boolean {
    const isRemembered = this.#parts.own.revoke(what);
    // It holds where they hear it, also while the stream takes nothing.
    this.#parts.network.say('revoked', what);
    if ('session' in what) {
      if (!this.#sessions.add(what))
        this.#parts.log.report('revocations-not-kept', { reason: 'too many ends of sessions in a minute' });
      return isRemembered;
    }
    this.#outbox.post(`${this.#parts.network.id}-${++this.#count}`, what, false);
    void this.#outbox.send();
    return isRemembered;
  }

  onRevoked(listener: (what: Revoked) => void): () => void {
    return this.#parts.own.onRevoked(listener);
  }

  /** @param listener called when it goes blind */
  onBlind(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Resolves when all that was revoked here is in the stream. Rejects where it is not within seconds. */
  settled(): Promise<void> {
    return this.#outbox.settled();
  }

  /** Resolves when the stream has answered, or has not. */
  async poll(): Promise<void> {
    if (this.#isClosed) return;
    if (this.#polling) {
      // What it asks may have been answered already.
      this.#pollsAgain = true;
      return this.#polling;
    }
    this.#polling = this.#pollNow();
    await this.#polling;
    this.#polling = undefined;
    if (!this.#pollsAgain) return;
    this.#pollsAgain = false;
    await this.poll();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#stop();
    await this.#outbox.send();
    this.#isClosed = true;
    await this.#polling;
  }

  #wait(): void {
    this.#stop = this.#parts.clock.later(POLL_MS, () => {
      this.#wait();
      void this.poll();
      this.#blindness.judge();
      this.#sayAgain();
      this.#giveAgain();
      void this.#outbox.send();
    });
  }

  #contact(): void {
    this.#reader.contact();
    void this.poll();
    this.#sayAgain();
    void this.#outbox.send();
  }

  async #pollNow(): Promise<void> {
    const askedMs = this.#parts.clock.elapsed();
    const taken = [...this.#unseen.keys()];
    try {
      await this.#reader.read();
      for (const text of taken) this.#missed(text);
      if (!this.#isClosed) this.#blindness.heard(askedMs);
    } catch (error) {
      if (error instanceof StreamFault && error.why === 'gone') this.#recreate();
    }
  }

  /** It may take a minute, for which nobody is to wait. */
  #recreate(): void {
    if (this.#isRecreating) return;
    this.#isRecreating = true;
    const ended = (): void => {
      this.#isRecreating = false;
      void this.poll();
    };
    this.#parts.recreate().then(ended, ended);
  }

  #sayAgain(): void {
    const { network } = this.#parts;
    for (const what of [...this.#outbox.unread(), ...this.#sessions.next()]) network.say('revoked', what);
  }

  #stored(what: Revoked, sequence: number): void {
    const text = JSON.stringify(what);
    if (this.#places.get(text) === sequence) return;
    this.#places.set(text, sequence);
    this.#unseen.set(text, what);
  }

  /** The stream had taken it, and has been read since: where it was not there, the stream has gone back meanwhile. */
  #missed(text: string): void {
    const what = this.#unseen.get(text);
    if (!what) return;
    this.#unseen.delete(text);
    if (!this.#outbox.has(text)) this.#postAgain(what);
  }

  #read(what: Revoked, sequence: number): void {
    // An older version keeps them there. It says them as well.
    if ('session' in what) return;
    const text = JSON.stringify(what);
    this.#places.set(text, sequence);
    this.#unseen.delete(text);
    this.#outbox.read(text);
    this.#heard(what);
  }

  #heard(what: Revoked): void {
    if (this.#parts.own.heard(what)) return;
    this.#parts.log.report('revocations-unheard', { reason: 'no room for one more' });
  }

  /** Gives the stream what it has dropped and what still holds: a node that starts later has to know it. */
  #giveAgain(): void {
    const { clock, own, log } = this.#parts;
    const first = this.#droppedBelow;
    if (first === 0 || clock.elapsed() - this.#givenMs < GIVING_MS) return;
    this.#droppedBelow = 0;
    let count = 0;
    for (const what of own.known()) {
      const text = JSON.stringify(what);
      if ((this.#places.get(text) ?? 0) >= first || this.#outbox.has(text)) continue;
      this.#postAgain(what);
      count++;
    }
    for (const [text, sequence] of this.#places) if (sequence < first) this.#places.delete(text);
    // Those that nobody has to know any more go by their age.
    if (count === 0) return;
    this.#givenMs = clock.elapsed();
    log.report('revocations-not-kept', {
      reason: `the stream of revocations has dropped ${count} that hold, and is given them again`,
    });
    void this.#outbox.send();
  }

  /** By an id that all nodes give it, as they all do this: the stream takes it once. */
  #postAgain(what: Revoked): void {
    const text = JSON.stringify(what);
    const hash = createHash('sha256').update(text).digest('base64url');
    this.#outbox.post(`${this.#reader.created}-${this.#places.get(text) ?? 0}-${hash}`, what, true);
  }
}
