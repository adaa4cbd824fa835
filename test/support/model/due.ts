import { lets } from '../filters.ts';
import type { ModelClient } from './client.ts';
import type { Line } from './server.ts';
import type { Asked, ModelSubscriber, Place } from './subscriber.ts';
import type { World } from './world.ts';

/** Whether a subscription has to be given a publication or a gap for it, may be given it, or must not. */
export type Due = 'must' | 'may' | 'never';

/** What the rules of the protocol make of the ledger for one subscription. */
export class Dues {
  /** By epoch. */
  readonly #lines = new Map<string, Line[]>();
  readonly #client: ModelClient;
  readonly #held: ReadonlySet<number>;
  readonly #lives: readonly string[];

  /** @param held offsets that the last log held when everything was at rest */
  constructor(world: World, client: ModelClient, held: ReadonlySet<number>) {
    for (const line of world.ledger) {
      const lines = this.#lines.get(line.epoch) ?? [];
      lines.push(line);
      this.#lines.set(line.epoch, lines);
    }
    this.#client = client;
    this.#held = held;
    this.#lives = world.lives.map(({ epoch }) => epoch);
  }

  of(subscriber: ModelSubscriber, line: Line): Due {
    const dues = subscriber.asked.map((asked) => this.#of(asked, line));
    if (subscriber.closedAt && this.#compare(line, subscriber.closedAt) > 0) return 'never';
    if (dues.includes('must')) return subscriber.closedAt ? 'may' : 'must';
    return dues.includes('may') ? 'may' : 'never';
  }

  /** Negative when a line comes before a place, 0 when it is there. */
  #compare(line: Place, place: Place): number {
    return this.#lives.indexOf(line.epoch) - this.#lives.indexOf(place.epoch) || line.offset - place.offset;
  }

  #of(asked: Asked, line: Line): Due {
    const { start } = asked;
    if (!start || !lets(asked.set, line.channel)) return 'never';
    // What was taken away is not received from then on; what was under way by then may have been.
    const gone = asked.narrowed.find(({ set }) => !lets(set, line.channel));
    if (gone && this.#compare(line, gone.at) > 0) return 'never';
    const due = this.#ofAll(asked, start, line);
    return gone && due === 'must' ? 'may' : due;
  }

  #ofAll(asked: Asked, start: Place, line: Line): Due {
    const lives = this.#lives.indexOf(line.epoch) - this.#lives.indexOf(start.epoch);
    const { replay } = asked;
    // A log that this client never saw is covered by the gap of the one before it.
    // What a new epoch took over from the one before is not for its clients.
    if (lives > 0 && line.isOfBefore) return replay ? 'may' : 'never';
    if (lives > 0) return this.#client.welcomed.has(line.epoch) ? 'must' : 'may';
    if (lives < 0) {
      const asksForIt = replay && 'since' in replay && replay.since.epoch === line.epoch;
      return asksForIt && line.offset > replay.since.offset ? 'must' : 'never';
    }
    if (line.offset > start.offset) return 'must';
    if (!replay) return 'never';
    if ('since' in replay) {
      if (replay.since.epoch !== line.epoch) return line.isOfBefore ? 'never' : 'must';
      return line.offset > replay.since.offset ? 'must' : 'never';
    }
    if ('sinceMs' in replay) {
      if (line.atMs >= Math.max(...asked.fromMs)) return 'must';
      // Of what it has dropped the log knows the moments to a second.
      return line.seenMs > Math.min(...asked.fromMs) - 1_000 ? 'may' : 'never';
    }
    const all = (this.#lines.get(line.epoch) ?? []).filter(
      ({ channel, offset, text }) => text !== undefined && channel === line.channel && offset <= start.offset,
    );
    // Of what the power has taken nobody knows whether it was there when this asked.
    const published = all.filter(({ isLost }) => !isLost);
    // Publications alone count; an upstream gap comes if it is behind the first of them.
    const first = published.at(-replay.last);
    if (first && line.offset < first.offset) return 'never';
    // Where there are fewer than n, also what was lost before the first of them.
    if (!first && line.text === undefined) return 'may';
    // It asks for what there is: what is there now was there all the time.
    const isHeld =
      published.length === all.length && line.epoch === this.#lives.at(-1) && this.#held.has(line.offset);
    return isHeld ? 'must' : 'may';
  }
}
