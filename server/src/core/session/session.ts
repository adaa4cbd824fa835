import { type FilterSet, filterCount } from '@zerospan/shared';
import type { Member } from '../fanout/cohort.ts';
import { Enrolment } from '../fanout/enrolment.ts';
import type { Chunk, Read, Want } from '../log/log.ts';
import type { Surroundings } from '../surroundings.ts';
import { lostBetween, lostOf } from './gaps.ts';
import type { Link } from './link.ts';
import { Outlet } from './outlet.ts';
import type { Subscription } from './subscription.ts';

/** Bounds of one step of catching up: small, so that many sessions take turns and live traffic passes between. */
const STEP = { scan: 2_000, bytes: 64 * 1024 } as const;

/**
 * Where a session stands. Live: its cursor is its cohort's, and fan-out writes to it. Behind: it reads the log from
 * its own cursor when its link has room, until it is at the head again.
 */
type Standing = { readonly kind: 'live' } | Behind | { readonly kind: 'closed' };
interface Behind {
  readonly kind: 'behind';
  cursor: number;
  /** Why it would miss what the log has dropped: it was away, or it reads too slowly. */
  readonly reason: 'retention' | 'lag';
  /** What is lost up to here has been told. */
  toldUpTo: number;
  /** How many reads running found that the log had overtaken the cursor. */
  overtaken: number;
}

/**
 * One client connection as the server knows it: its subscriptions, its link, and one cursor. It owns no queue of
 * publications: what it has not been written yet is read from the log when it can be written.
 */
export class Session implements Member {
  readonly #outlet: Outlet;
  readonly #bus: Surroundings;
  readonly #subscriptions = new Map<number, Subscription>();
  #standing: Standing;
  #enrolment: Enrolment;
  /** Changes with the filters, so that an answer of the log to an older question is known as such. */
  #version = 0;
  #turn = 0;

  /**
   * Begins at `cursor`, with what `hello` asked for.
   * @param acks whether the client acks, so that the window holds for it
   */
  constructor(
    link: Link,
    bus: Surroundings,
    subscriptions: readonly Subscription[],
    cursor: number,
    acks: boolean,
  ) {
    this.#outlet = new Outlet(link, bus, acks, cursor);
    this.#bus = bus;
    for (const subscription of subscriptions) this.#subscriptions.set(subscription.id, subscription);
    this.#standing = { kind: 'behind', cursor, reason: 'retention', toldUpTo: 0, overtaken: 0 };
    this.#enrolment = new Enrolment(bus.fanout, this, subscriptions);
    this.#settle();
  }

  get standing(): Standing['kind'] {
    return this.#standing.kind;
  }

  /** The offset up to which everything it wanted has been written to its link. */
  get cursor(): number {
    return this.#standing.kind === 'behind'
      ? this.#standing.cursor
      : this.#enrolment.cohort.writtenTo(this.#bus.fanout.head);
  }

  /** How far behind the head the application is, in offsets: by its acks, or else by what was written. */
  get lag(): number {
    return Math.max(this.#bus.fanout.head - (this.#outlet.reached ?? this.cursor), 0);
  }

  get subscriptions(): ReadonlyMap<number, Subscription> {
    return this.#subscriptions;
  }

  /** Writes what is gathered for it, so that what it is told next stands behind that. */
  flush(): void {
    this.#bus.fanout.flush(this.#enrolment.cohort);
  }

  subscribe(subscription: Subscription): void {
    this.#subscriptions.set(subscription.id, subscription);
    this.#refilter();
  }

  /** Ends a subscription, or takes filters from it. */
  unsubscribe(id: number, gone?: FilterSet): void {
    const subscription = this.#subscriptions.get(id);
    if (!subscription) return;
    const before = filterCount(subscription.filter);
    if (!gone || !subscription.drop(gone)) this.#subscriptions.delete(id);
    else if (filterCount(subscription.filter) === before) return;
    this.#refilter();
  }

  // Called by the cohort.

  take(frames: Buffer, bytes: number): boolean {
    if (!this.#outlet.hasRoom) return false;
    this.#outlet.send(frames, bytes);
    return true;
  }

  fallBehind(writtenTo: number): void {
    this.#standing = { kind: 'behind', cursor: writtenTo, reason: 'lag', toldUpTo: 0, overtaken: 0 };
  }

  // Called by the conversation, which has it from the link or from the client.

  acked(offset: number, bytes: number): void {
    if (this.#outlet.acked(offset, bytes)) this.roomAgain();
  }

  roomAgain(): void {
    if (this.#unfinished()) this.#bus.catchUp.add(this);
  }

  closed(): void {
    if (this.#standing.kind === 'closed') return;
    this.#enrolment.end();
    this.#standing = { kind: 'closed' };
    this.#subscriptions.clear();
    this.#version++;
  }

  /**
   * Called by catch-up: reads once, writes what came, and so moves one of its cursors on: its own while it is behind, and those
   * of its replays, in turn. Answers whether it wants to be called again.
   */
  async step(): Promise<boolean> {
    if (!this.#outlet.hasRoom) return false;
    const replaying = this.#all((subscription) => subscription.replay !== undefined);
    const own = this.#standing.kind === 'behind' ? this.#standing : undefined;
    const next = this.#turn++ % Math.max(replaying.length + (own ? 1 : 0), 1);
    const subscription = replaying[next];
    if (subscription) await this.#stepReplay(subscription);
    else if (own) await this.#stepOwn(own);
    return this.#unfinished() && this.#outlet.hasRoom;
  }

  async #stepOwn(standing: Behind): Promise<void> {
    const wants = this.#live();
    const { cursor, toldUpTo } = standing;
    const chunk = await this.#read({ after: cursor, wants, toldUpTo, ...STEP });
    if (!chunk || this.#standing !== standing) return;
    standing.overtaken = chunk.losses.length > 0 ? standing.overtaken + 1 : 0;
    if (standing.overtaken > 1) return this.#skipAhead(standing, wants);
    this.#outlet.tell(
      chunk.losses.map((loss) => lostOf(loss, Math.max(cursor, toldUpTo, loss.want.after), loss.want.id)),
      standing.reason,
    );
    standing.toldUpTo = chunk.losses.reduce((told, { to }) => Math.max(told, to), toldUpTo);
    this.#outlet.write(chunk.entries);
    standing.cursor = chunk.upTo;
    this.#settle();
  }

  async #stepReplay(subscription: Subscription): Promise<void> {
    const { id, filter, replay } = subscription;
    if (!replay) return;
    if (replay.fromMs !== undefined) {
      const from = await this.#bus.log.offsetBefore(replay.fromMs);
      // It may have ended meanwhile, and the session with it.
      if (this.#subscriptions.get(id) !== subscription || !this.#outlet.hasRoom) return;
      replay.cursor = Math.min(replay.cursor, from);
      replay.fromMs = undefined;
    }
    const { cursor, toldUpTo } = replay;
    // What lies above `asOf` is wanted whole, so from there on the tail can answer.
    const last = replay.last && cursor < replay.last.asOf ? replay.last : undefined;
    const want = { filter, after: cursor };
    const chunk = await this.#read({ after: cursor, wants: [want], last, toldUpTo, ...STEP });
    if (!chunk || subscription.replay !== replay || this.#standing.kind === 'closed') return;
    const told = Math.max(cursor, toldUpTo, last?.asOf ?? 0);
    this.#outlet.tell(
      chunk.losses.map((loss) => lostOf(loss, told, id)),
      'retention',
    );
    replay.toldUpTo = chunk.losses.reduce((upTo, { to }) => Math.max(upTo, to), toldUpTo);
    if (chunk.entries.length > 0) {
      this.#outlet.control({ replay: { subscription: id, count: chunk.entries.length } });
      this.#outlet.write(chunk.entries);
    }
    replay.cursor = chunk.upTo;
    this.#settleReplay(subscription, replay.cursor);
  }

  /**
   * Asks the tail if it reaches back far enough, else the log. What the log has above fan-out's head will still come
   * by fan-out, so it is left. Answers undefined if the filters changed, or the room went, while the log answered.
   */
  async #read<W extends Want>(read: Read<W>): Promise<Chunk<W> | undefined> {
    const { fanout, log } = this.#bus;
    // The tail keeps no age: what the log has let go of is not given from there either.
    const held = read.after >= log.oldest - 1;
    if (!read.last && held && fanout.tail.covers(read.after))
      return fanout.tail.read(read.after, read.wants, read.bytes);
    const version = this.#version;
    const chunk = await log.read(read);
    if (version !== this.#version || !this.#outlet.hasRoom) return undefined;
    const { head } = fanout;
    if (chunk.upTo <= head) return chunk;
    return { ...chunk, upTo: head, entries: chunk.entries.filter((entry) => entry.offset <= head) };
  }

  /** Behind, but at the head: live again, in this very turn. */
  #settle(): void {
    const { fanout, catchUp } = this.#bus;
    if (this.#standing.kind === 'behind' && this.#standing.cursor >= fanout.head) {
      this.#standing = { kind: 'live' };
      this.#enrolment.goLive();
    }
    if (this.#unfinished()) catchUp.add(this);
  }

  /** A replay that has reached the session's cursor ends in this very turn, with nothing in between. */
  #settleReplay(subscription: Subscription, reached: number): void {
    const target = this.#standing.kind === 'live' ? this.#bus.fanout.head : this.cursor;
    // Below `asOf` only the last n are due, and the session's own publications would be all.
    if (reached < Math.max(target, subscription.replay?.last?.asOf ?? 0)) return;
    subscription.goLive();
    this.#outlet.control({ live: { subscription: subscription.id, offset: subscription.after } });
    this.#refilter();
  }

  /** Moves to the cohort of the filters that it has now. */
  #refilter(): void {
    this.#version++;
    const before = this.#enrolment;
    this.#enrolment = new Enrolment(
      this.#bus.fanout,
      this,
      this.#all(() => true),
    );
    before.end();
    if (this.#standing.kind === 'live') this.#enrolment.goLive();
    this.#settle();
  }

  /**
   * The log overtook the cursor twice running: going on from its oldest entry would tell one gap after another, so the cursor
   * goes half the way to the head, and one gap tells those of it that something is skipped for.
   */
  async #skipAhead(standing: Behind, wants: readonly Subscription[]): Promise<void> {
    const { cursor } = standing;
    const { head } = this.#bus.fanout;
    const to = Math.max(cursor + Math.ceil((head - cursor) / 2), Math.min(this.#bus.log.oldest - 1, head));
    const version = this.#version;
    const lost = await lostBetween(this.#bus.log, wants, cursor, to);
    if (version !== this.#version || this.#standing !== standing) return;
    this.#outlet.tell(lost, 'lag');
    standing.cursor = to;
    standing.overtaken = 0;
    this.#settle();
  }

  #unfinished(): boolean {
    if (this.#standing.kind !== 'live') return this.#standing.kind === 'behind';
    for (const subscription of this.#subscriptions.values()) if (subscription.replay) return true;
    return false;
  }

  #live(): Subscription[] {
    return this.#all((subscription) => !subscription.replay);
  }

  #all(which: (subscription: Subscription) => boolean): Subscription[] {
    return [...this.#subscriptions.values()].filter(which);
  }
}
