import type { Gap } from '@zerospan/client';
import type { Line } from '../trace.ts';
import type { Home } from './ask.ts';
import { Findings } from './findings.ts';
import { type Entry, Ledger, type Place } from './ledger.ts';
import { NativeJudge } from './native.ts';
import { PutJudge } from './puts.ts';
import { SubscriberJudge } from './subscriber.ts';

/** Entries of the ledger that are kept below what every subscriber has passed: history that a new one may ask for. */
const KEPT = 5_000;

export interface CheckerOptions {
  /** Whether the log of the run holds all that was ever appended to it. */
  readonly holdsHistory: boolean;
}

/** Judges a run by its traces alone, line by line. What a server wrote has to be given before what came of it. */
export class Checker {
  readonly findings = new Findings();
  readonly #options: CheckerOptions;
  readonly #ledger = new Ledger();
  readonly #subscribers = new Map<string, SubscriberJudge>();
  readonly #puts = new Map<string, PutJudge>();
  readonly #natives = new Map<string, NativeJudge>();
  readonly #welcomed = new Map<string, Set<number>>();
  readonly counts = { given: 0, puts: 0, native: 0, welcomes: 0 };
  /** Gaps told to subscribers, by reason. */
  readonly gaps = new Map<Gap['reason'], number>();

  constructor(options: CheckerOptions) {
    this.#options = options;
  }

  get appended(): number {
    return this.#ledger.count;
  }

  /** Entries of the ledger that it still has. */
  get held(): number {
    return this.#ledger.held;
  }

  /** @param who whose trace it is */
  take(who: string, line: Line): void {
    switch (line.t) {
      case 'log':
        this.#ledger.begin(line.epoch);
        return;
      case 'entry':
        this.#appended(line.p, line.n, this.#append(line.o, line.c, line.h));
        return;
      case 'upstream':
        this.#append(line.o, line.c, '', line.m);
        return;
      case 'fault':
        this.findings.add('process-fault', who, line.text);
        return;
      case 'welcome':
        this.counts.welcomes++;
        this.#welcomedBy(line.b).add(this.#ledger.lifeOf(line.epoch) ?? -1);
        return;
      case 'asked':
        this.#subscriber(line.s).asked(line.set, line.replay, line.onLag);
        return;
      case 'granted':
        // One that was closed before may be forgotten.
        this.#subscribers.get(line.s)?.granted(line.a, this.#place(line.e, line.o));
        return;
      case 'removed':
        this.#subscriber(line.s).removed(line.set);
        return;
      case 'given':
        this.counts.given++;
        this.#subscriber(line.s).given(this.#place(line.e, line.o), line.c, line.h, line.ok);
        return;
      case 'gap':
        this.gaps.set(line.gap.reason, (this.gaps.get(line.gap.reason) ?? 0) + 1);
        this.#subscriber(line.s).gap(line.gap);
        return;
      case 'closed':
        this.#subscriber(line.s).close();
        return;
      case 'ended':
        this.findings.add('subscriber-ended', line.s, line.code);
        return;
      case 'put':
        this.counts.puts++;
        this.#putsOf(line.p).put(line.n, line.c);
        return;
      case 'accepted':
        this.#putsOf(line.p).accepted(
          line.n,
          line.o.map((offset) => this.#place(line.e, offset)),
        );
        return;
      case 'refused':
        this.#putsOf(line.p).refused(line.n, line.code);
        return;
      case 'sent':
        this.counts.native++;
        this.#nativeOf(line.p).sent(line.n);
        return;
    }
  }

  /** Whether everybody was given or told all that is due, and every put was answered. */
  get settled(): boolean {
    return [...this.#subscribers.values(), ...this.#puts.values()].every(({ settled }) => settled);
  }

  /** Who is not settled. */
  get unsettled(): string[] {
    const all = [...this.#subscribers, ...this.#puts];
    return all.filter(([, { settled }]) => !settled).map(([name]) => name);
  }

  /** Everything has been taken: whatever is still missing, is lost. */
  end(): Findings {
    for (const judge of [...this.#subscribers.values(), ...this.#puts.values(), ...this.#natives.values()])
      judge.end();
    return this.findings;
  }

  /** Forgets what is settled. */
  forget(): void {
    for (const [name, { closed }] of this.#subscribers) if (closed) this.#subscribers.delete(name);
    const places = [...this.#subscribers.values()].flatMap(({ at }) => at ?? []);
    const life = Math.min(...places.map((place) => place.life), this.#ledger.life);
    const offsets = places.filter((place) => place.life === life).map(({ offset }) => offset);
    if (offsets.length > 0) this.#ledger.forget({ life, offset: Math.min(...offsets) }, KEPT);
  }

  /** Answers the entry if it is new: a server that keeps the log of the one before reads what that one wrote. */
  #append(offset: number, channel: string, hash: string, upstream?: number | null): Entry | undefined {
    const entry = this.#ledger.append(offset, channel, hash, upstream);
    if (entry === 'other')
      this.findings.add(
        'overwritten',
        `${this.#ledger.life}:${offset}`,
        'another entry had this place before',
      );
    return typeof entry === 'string' ? undefined : entry;
  }

  #appended(p: string | undefined, n: number | undefined, entry: Entry | undefined): void {
    if (!entry) return;
    if (p === undefined || n === undefined)
      this.findings.add('foreign', `${entry.life}:${entry.offset}`, 'its message is not sound');
    else if (p.startsWith('put:')) this.#putsOf(p).appended(n, entry);
    else this.#nativeOf(p).appended(n);
  }

  /** A log that nobody wrote down is before all others, and holds nothing. */
  #place(epoch: string, offset: number): Place {
    return { life: this.#ledger.lifeOf(epoch) ?? -1, offset };
  }

  #subscriber(name: string): SubscriberJudge {
    const { holdsHistory } = this.#options;
    const home: Home = {
      ledger: this.#ledger,
      welcomed: this.#welcomedBy(name.slice(0, name.indexOf('/'))),
      holdsHistory,
    };
    return obtain(this.#subscribers, name, () => new SubscriberJudge(name, home, this.findings));
  }

  #welcomedBy(bus: string): Set<number> {
    return obtain(this.#welcomed, bus, () => new Set<number>());
  }

  #putsOf(producer: string): PutJudge {
    return obtain(this.#puts, producer, () => new PutJudge(producer, this.#ledger, this.findings));
  }

  #nativeOf(producer: string): NativeJudge {
    return obtain(this.#natives, producer, () => new NativeJudge(producer, this.findings));
  }
}

function obtain<T>(map: Map<string, T>, key: string, make: () => T): T {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
