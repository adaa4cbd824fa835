import type { Explanation, Position } from '@zerospan/shared';
import type { Refs } from '../../access/refs.ts';
import type { Connections } from '../../connections.ts';
import { type Journal, journalKeyOf } from '../../journal/journal.ts';
import type { Span } from '../../journal/records.ts';
import { type OpenSession, type Timeline, timelineOf } from '../../journal/timeline.ts';
import type { TimeSlicer } from '../../time-slicer.ts';
import { type Asked, claimsIn, type Facts, isMatch } from './claims.ts';
import { type EntryLog, EntryLookup, type Found } from './entry.ts';
import { evidenceOf } from './evidence.ts';
import { sentenceOf } from './sentences.ts';
import { judge } from './verdict.ts';

/** What explaining uses of the bus. */
export interface ExplainingBus {
  readonly journal: Journal;
  readonly connections: Pick<Connections, 'all' | 'get'>;
  readonly refs: Pick<Refs, 'of'>;
}

/** All but the position, which the transport writes in its own way. */
export type Explained = Omit<Explanation, 'position'>;

/** A client that is known by what was asked for. */
interface Known {
  readonly ref: string;
  readonly timeline: Timeline;
}

/** Connections of one piece of a search. */
const PIECE = 32;

/** Explains what became of a publication at a client, and why. */
export class Explainer {
  readonly #bus: ExplainingBus;
  readonly #lookup: EntryLookup;
  readonly #slicer: Pick<TimeSlicer, 'run'>;

  /** @param slicer for what scans all sessions, those that are open and those that a client had */
  constructor(bus: ExplainingBus, log: EntryLog, slicer: Pick<TimeSlicer, 'run'>) {
    this.#bus = bus;
    this.#lookup = new EntryLookup(log);
    this.#slicer = slicer;
  }

  /** @param client its ref, or the id of one of its sessions */
  async explain({ epoch, offset }: Position, client: string): Promise<Explained> {
    const { eras } = this.#bus.journal;
    const era = eras.of(epoch);
    const isNow = era === eras.now;
    const unknown = (sentence: string): Explained => ({ client, verdict: 'unknown', sentence, evidence: [] });
    if (era === undefined) return unknown('The log has had no such epoch since the server began.');
    const known = this.#knownOf(client, await this.#slicer.run(this.#openOf(client)));
    // Behind that: what the log holds now, it held when these gaps were reported.
    const found: Found = isNow ? await this.#lookup.find(offset) : { kind: 'dropped', entry: undefined };
    const ref = known?.ref ?? client;
    if (found.kind === 'none' || found.entry?.kind === 'gap')
      return noPublication(ref, found, this.#lookup.head);
    if (!known)
      return unknown(
        'No client with this ref or session is connected, and the journal knows nothing of one: it may have been forgotten.',
      );
    const asked: Asked = {
      era,
      offset,
      channel: found.entry?.channel,
      isHeld: found.kind === 'held',
      time: found.kind === 'held' ? found.entry.time : undefined,
    };
    const { timeline } = known;
    const facts = await this.#factsOf(timeline, asked);
    const judgement = judge(timeline, asked, await this.#slicer.run(claimsIn(timeline, asked, facts)));
    return {
      client: ref,
      verdict: judgement.verdict,
      sentence: sentenceOf(judgement.ground, timeline, asked),
      evidence: evidenceOf(judgement, timeline, asked),
      ...(asked.channel !== undefined && { channel: asked.channel }),
      ...(asked.time !== undefined && { time: asked.time }),
    };
  }

  /** The sessions that a client has open. */
  *#openOf(client: string): Generator<void, OpenSession[]> {
    const { connections, journal, refs } = this.#bus;
    const own = connections.get(client)?.session;
    const key = own ? journalKeyOf(own.requester) : journal.find(client)?.key;
    const open: OpenSession[] = [];
    let seen = 0;
    for (const { session } of connections.all) {
      if (++seen % PIECE === 0) yield;
      if (!session || session.standing === 'closed') continue;
      const { requester } = session;
      if (key === undefined ? refs.of(requester) === client : journalKeyOf(requester) === key)
        open.push(session);
    }
    return open;
  }

  #knownOf(client: string, found: readonly OpenSession[]): Known | undefined {
    const { journal, refs } = this.#bus;
    // It may have ended meanwhile.
    const open = found.filter(
      ({ requester }) => this.#bus.connections.get(requester.visitor.session)?.session,
    );
    const [first] = open;
    const history = first ? journal.historyOf(first.requester) : journal.find(client);
    if (!first && !history) return undefined;
    const ref = history?.ref ?? (first ? refs.of(first.requester) : client);
    return { ref, timeline: timelineOf(journal, history, open) };
  }

  async #factsOf({ stories }: Timeline, asked: Asked): Promise<Facts> {
    const amongLast = new Map<Span, boolean>();
    const beginsAt = new Map<Span, number>();
    const { begins } = this.#lookup;
    const { offset, channel } = asked;
    const spans = stories.flatMap((story) => story.spans).filter((span) => isMatch(span, asked));
    for (const span of spans)
      if (span.fromMs !== undefined) beginsAt.set(span, await this.#lookup.offsetBefore(span.fromMs));
    if (channel === undefined || !asked.isHeld) return { isNewest: true, amongLast, beginsAt, begins };
    for (const span of spans) {
      const isAmong =
        span.last && offset <= span.last.asOf && (await this.#lookup.isAmongLast(offset, channel, span.last));
      if (isAmong !== undefined) amongLast.set(span, isAmong);
    }
    const hasNewest = spans.some(({ onlyNewest }) => onlyNewest);
    const isNewest = !hasNewest || (await this.#lookup.isNewest(offset, channel));
    return { isNewest, amongLast, beginsAt, begins };
  }
}

function noPublication(client: string, found: Found, head: number): Explained {
  if (found.kind === 'none')
    return {
      client,
      verdict: 'no-publication',
      sentence: `The log has no publication with this offset; its newest entry has ${head}.`,
      evidence: [],
    };
  const channel = found.entry?.channel ?? '';
  const where = channel === '' ? 'any channel' : `channel ${channel}`;
  const time = found.kind === 'held' ? found.entry.time : undefined;
  return {
    client,
    verdict: 'no-publication',
    sentence: `At this offset is an upstream gap: publications on ${where} were lost before they reached the log.`,
    evidence: [],
    ...(channel !== '' && { channel }),
    ...(time !== undefined && { time }),
  };
}
