import assert from 'node:assert/strict';
import type { Gap } from '../../../client/src/types.ts';
import type { ModelClient } from './client.ts';
import type { Dues } from './due.ts';
import { add, covers, keyOf, same } from './same.ts';
import type { Line } from './server.ts';
import type { ModelSubscriber } from './subscriber.ts';
import type { World } from './world.ts';

/** What one subscriber was given, and what it should have been. */
export class Account {
  readonly #world: World;
  readonly #dues: Dues;
  readonly #client: ModelClient;
  readonly #subscriber: ModelSubscriber;
  /** The ledger, in order. */
  readonly #lines: readonly Line[];
  readonly #given = new Set<string>();
  readonly #gaps: Gap[] = [];
  readonly #name: string;
  /** Upstream gaps that lie between two which have become one: of that one or not, nobody can say. */
  readonly #between = new Set<string>();
  /** Several upstream gaps have become one, and what lies between may be part of it or be lost. */
  #isVague = false;

  constructor(
    world: World,
    lines: readonly Line[],
    dues: Dues,
    client: ModelClient,
    subscriber: ModelSubscriber,
  ) {
    this.#world = world;
    this.#lines = lines;
    this.#dues = dues;
    this.#client = client;
    this.#subscriber = subscriber;
    this.#name = `subscriber ${world.subscribers.indexOf(subscriber)}`;
  }

  /** @param held offsets that the last log held when everything was at rest */
  check(ledger: ReadonlyMap<string, Line>, held: ReadonlySet<number>): void {
    const matching = this.#lines.filter((line) => this.#dues.of(this.#subscriber, line) !== 'never');
    this.#checkGiven(ledger, matching);
    const lost = matching.filter((line) => !this.#given.has(keyOf(line)));
    if (this.#gaps.some((gap) => this.#isFolded(gap))) this.#isVague = true;
    for (const line of lost) {
      if (this.#dues.of(this.#subscriber, line) !== 'must') continue;
      const reported = this.#gaps.filter(
        (gap) => covers(gap, line) || (this.#isFolded(gap) && this.#isEarlier(line, gap)),
      );
      if (reported.length === 0)
        this.#fail(`neither given ${keyOf(line)} nor told of it: gaps ${JSON.stringify(this.#gaps)}`);
      this.#checkWithheld(line, reported, held);
    }
    for (const gap of this.#gaps) this.#checkGap(gap, lost);
    if (this.#isExact) for (const { epoch } of this.#world.lives) this.#checkMissed(epoch, lost);
  }

  /**
   * What the log still has is given, unless a queue dropped it, the session skipped ahead, or only the newest is due.
   */
  #checkWithheld(line: Line, reported: readonly Gap[], held: ReadonlySet<number>): void {
    if (line.epoch !== this.#world.place.epoch || !held.has(line.offset) || !this.#isOne) return;
    // Of a session that skips ahead the client may report only what was not reported before.
    const hasSkipped = this.#gaps.some(({ epoch, missed }) => epoch === line.epoch && missed === null);
    if (this.#isNarrowed || hasSkipped || reported.some(({ reason }) => reason === 'queue')) return;
    const isNewest = !this.#lines.some(
      ({ epoch, channel, offset, text }) =>
        epoch === line.epoch && channel === line.channel && offset > line.offset && text !== undefined,
    );
    if (this.#subscriber.onLag !== 'latest' || isNewest || line.text === undefined)
      this.#fail(`not given ${keyOf(line)}, which the log holds: gaps ${JSON.stringify(reported)}`);
    this.#world.edges.reached('left out for latest');
  }

  /** A client reports each offset to a subscription once (G4); in a queue, gaps of one reason become one. */
  #checkNew(gap: Gap): void {
    if (!this.#isOne || this.#subscriber.mode !== 'listen' || gap.from === null) return;
    const { epoch, from } = gap;
    const before = this.#gaps.findLast((reported) => reported.epoch === epoch && !this.#isInvented(reported));
    if (before && from <= (before.to ?? Number.POSITIVE_INFINITY))
      this.#fail(`told ${JSON.stringify(gap)} after ${JSON.stringify(before)}`);
  }

  /** Gap entries of the log, of which several in a row may have become one. */
  #checkUpstream(gap: Gap, matching: readonly Line[]): void {
    const reported = `told ${JSON.stringify(gap)}`;
    const covered = matching.filter((line) => line.text === undefined && covers(gap, line));
    const lines = covered.filter((line) => !this.#given.has(keyOf(line)) || this.#between.has(keyOf(line)));
    if (lines.length === 0) this.#fail(`${reported} unasked, or twice`);
    for (const line of lines) {
      const key = keyOf(line);
      const isBetween = line.offset !== gap.from && line.offset !== gap.to;
      if (isBetween) this.#isVague = true;
      // A replay gives what matches one subscription of the wire, and another gives what lies between later.
      if (isBetween && !this.#isOne && !this.#given.has(key)) this.#between.add(key);
      else this.#between.delete(key);
      this.#given.add(key);
    }
    this.#world.edges.reached('upstream gaps', lines.length);
    if (!this.#isOne || this.#isNarrowed) return;
    if (this.#subscriber.mode === 'listen' && (lines.length > 1 || gap.from !== gap.to))
      this.#fail(`${reported} instead of ${lines.length} one by one`);
    const missed = standsOf(lines);
    const isSure = lines.every((line) => this.#dues.of(this.#subscriber, line) === 'must');
    if (isSure && !this.#isVague && gap.missed !== missed)
      this.#fail(`${reported} instead of ${missed} missed`);
  }

  #checkGiven(ledger: ReadonlyMap<string, Line>, matching: readonly Line[]): void {
    const { items } = this.#subscriber;
    const lives = this.#world.lives.map(({ epoch }) => epoch);
    let last = { life: -1, offset: 0 };
    let queueGapTo = 0;
    for (const item of items) {
      if (item.kind === 'gap') {
        const { epoch, from, to, reason } = item.gap;
        if (reason === 'upstream') this.#checkUpstream(item.gap, matching);
        else {
          this.#checkNew(item.gap);
          this.#gaps.push(item.gap);
        }
        if (reason === 'queue') this.#world.edges.reached('gaps queue');
        if (this.#isOne && from !== null && lives.indexOf(epoch) === last.life && from <= last.offset)
          this.#fail(`told ${JSON.stringify(item.gap)} after it was given ${last.offset}`);
        if (reason === 'upstream' && this.#subscriber.mode === 'listen')
          last = { life: lives.indexOf(epoch), offset: to ?? 0 };
        queueGapTo = reason === 'queue' && lives.indexOf(epoch) === last.life ? (to ?? 0) : 0;
        continue;
      }
      const { epoch, offset, channel, time, text } = item.publication;
      const key = keyOf(item.publication);
      const line = ledger.get(key);
      same(
        line,
        { ...line, epoch, offset, channel, time, text, stands: 1 },
        `${this.#name} was given ${key}`,
      );
      if (!line || this.#dues.of(this.#subscriber, line) === 'never') this.#fail(`given ${key} unasked`);
      if (this.#given.has(key)) this.#fail(`given ${key} twice`);
      const life = lives.indexOf(epoch);
      const isLater = life > last.life || (life === last.life && offset > Math.max(last.offset, queueGapTo));
      if (this.#isOne && !isLater) this.#fail(`given ${key} too late`);
      this.#given.add(key);
      last = { life, offset };
      queueGapTo = 0;
    }
  }

  /** Of one that asked for what lies above a place which the log had not come to (R10). */
  #isInvented({ reason, epoch, from }: Gap): boolean {
    const { asked } = this.#subscriber;
    return (
      reason === 'restart' &&
      from === null &&
      asked.some(({ replay }) => replay && 'since' in replay && replay.since.epoch === epoch)
    );
  }

  /** Of several epochs, whose gaps have become one because more of them waited than a client keeps. */
  #isFolded(gap: Gap): boolean {
    return gap.from === null && !this.#isInvented(gap);
  }

  /** The power was lost, and nobody knows what was there. It is one gap without a count. */
  #mayBeLost(gap: Gap): boolean {
    const { epoch, from, to, reason, missed } = gap;
    const isIn = this.#world.lost.some(
      (lost) => lost.epoch === epoch && lost.from <= (to ?? 0) && (from ?? 0) <= lost.to,
    );
    // Gaps of one reason may have become one, and others lie between.
    if (!isIn || reason !== 'retention') return false;
    if (missed !== null) this.#fail(`told ${JSON.stringify(gap)}, though nobody can know how many`);
    this.#world.edges.reached('gaps of what may be lost');
    return true;
  }

  #isEarlier(line: Line, gap: Gap): boolean {
    const lives = this.#world.lives.map(({ epoch }) => epoch);
    return lives.indexOf(line.epoch) < lives.indexOf(gap.epoch);
  }

  /** A gap has a cause. */
  #checkGap(gap: Gap, lost: readonly Line[]): void {
    const reported = `told ${JSON.stringify(gap)}`;
    if (gap.reason === 'restart') {
      if (this.#isInvented(gap)) return;
      const same = this.#gaps.filter(
        (one) => one.reason === 'restart' && one.epoch === gap.epoch && !this.#isInvented(one),
      );
      if (this.#isOne && same.length > 1) this.#fail(`${reported} twice`);
      if (gap.epoch === this.#world.place.epoch) this.#fail(`${reported} of a log that goes on`);
      return;
    }
    const causes = lost.filter((line) => covers(gap, line));
    const mayBeLost = this.#mayBeLost(gap);
    // Of several subscriptions of the wire one may have lost what another has; and a gap may come meanwhile for filters
    // that were removed.
    if (
      this.#isOne &&
      !this.#isNarrowed &&
      !this.#isVague &&
      causes.length === 0 &&
      !mayBeLost &&
      !this.#reportsLasts(gap, lost)
    )
      this.#fail(`${reported} without having lost anything`);
    const missed = standsOf(causes);
    // A last publication that is lost later is counted by the gap that reports more, though it lies before it.
    const isCounted = this.#isOne && !this.#isNarrowed && !this.#isVague && this.#world.setting.lasts === 0;
    if (isCounted && gap.missed !== null && missed !== null && gap.missed > missed)
      this.#fail(`${reported} having lost only ${missed}`);
    const upstream = causes.filter(({ text }) => text === undefined);
    this.#world.edges.reached('lost upstream gaps', upstream.length);
  }

  /**
   * A last publication may be lost after a gap that reaches over it. The server then reports a gap that reaches
   * further, and the client what lies above the earlier one, without a count (G4): the cause lies below.
   */
  #reportsLasts(gap: Gap, lost: readonly Line[]): boolean {
    if (this.#world.setting.lasts === 0 || gap.missed !== null || gap.from === null) return false;
    const before = this.#gaps.filter(({ epoch, to }) => epoch === gap.epoch && to === (gap.from ?? 0) - 1);
    return lost.some((line) => line.text !== undefined && before.some((each) => covers(each, line)));
  }

  /** The counts of all gaps come to what was lost in all. */
  #checkMissed(epoch: string, lost: readonly Line[]): void {
    const gaps = this.#gaps.filter((gap) => gap.epoch === epoch);
    const missed = gaps.reduce<number | null>((sum, gap) => add(sum, gap.missed), 0);
    const reported = lost.filter((line) => line.epoch === epoch && gaps.some((gap) => covers(gap, line)));
    const least = standsOf(reported.filter((line) => this.#dues.of(this.#subscriber, line) === 'must'));
    const most = standsOf(reported);
    if (missed !== null && (least === null || missed < least || (most !== null && missed > most)))
      this.#fail(`told that ${missed} were missed, not ${least}, of ${epoch}: ${JSON.stringify(gaps)}`);
  }

  /** With several subscriptions of the wire for one subscriber, order and counts hold for each of them alone. */
  get #isOne(): boolean {
    return this.#subscriber.asked.length === 1;
  }

  get #isNarrowed(): boolean {
    return this.#subscriber.asked.some(({ narrowed }) => narrowed.length > 0);
  }

  get #isExact(): boolean {
    const [asked] = this.#subscriber.asked;
    return (
      this.#isOne &&
      asked !== undefined &&
      !this.#isNarrowed &&
      !this.#isVague &&
      // What is kept as the last of its channel may be lost later, inside of a gap that has been reported.
      this.#world.setting.lasts === 0 &&
      !this.#isClosedEarly
    );
  }

  get #isClosedEarly(): boolean {
    return this.#subscriber.closedAt !== undefined;
  }

  #fail(what: string): never {
    const { asked } = this.#subscriber;
    assert.fail(
      `${this.#name} of bus ${this.#world.clients.indexOf(this.#client)} was ${what}\nasked ${JSON.stringify(asked)}`,
    );
  }
}

/** How many publications are missing where these are; null: nobody knows. */
function standsOf(lines: readonly Line[]): number | null {
  return lines.reduce<number | null>((sum, { stands }) => add(sum, stands), 0);
}
