import {
  type Bus,
  type Filter,
  type Gap,
  type Publication,
  type ReplayRequest,
  ZerospanError,
} from '@zerospan/client';
import type { Position } from '@zerospan/shared';

/** How far back in the log a page that is opened begins, in offsets: as many as the tail has rows. */
const BACK = 200;

/** Who hears what the page listens to. */
export interface Ears {
  /** Subscribed: from now on this page is one of the sessions that a put counts. */
  ready(): void;
  /** @param isPast whether the log held it when the page was opened */
  publication(publication: Publication, isPast: boolean): void;
  gap(gap: Gap): void;
  /** Less is shown of the past than was asked for, and why. */
  pastLacks(why: string): void;
  failed(error: Error): void;
}

/**
 * Subscribes as soon as the connection is live: first to the newest that the log holds, then to what comes.
 * @param resumed the bus goes on where an earlier one left off, so the past is known
 */
export function listen(bus: Bus, filters: readonly Filter[], resumed: boolean, ears: Ears): void {
  if (resumed) {
    subscribe(bus, filters, [undefined], undefined, ears);
    return;
  }
  // The position is where the session begins, and is not known before.
  const off = bus.on('state', (state) => {
    if (state !== 'live') return;
    off();
    const { position } = bus;
    subscribe(bus, filters, position ? wishes(filters, position) : [undefined], position, ears);
  });
}

/** What to ask for of the past, the best first: what a token does not grant is refused. */
function wishes(
  filters: readonly Filter[],
  { epoch, offset }: Position,
): readonly (ReplayRequest | undefined)[] {
  const since = { since: { epoch, offset: Math.max(0, offset - BACK) } };
  const isExact = filters.every((filter) => typeof filter === 'string' && filter !== '');
  // Of a few channels among many, the last offsets of the log may hold nothing.
  const last = { last: Math.max(1, Math.floor(BACK / filters.length)) };
  return isExact ? [last, since, undefined] : [since, undefined];
}

function subscribe(
  bus: Bus,
  filters: readonly Filter[],
  [replay, ...others]: readonly (ReplayRequest | undefined)[],
  opened: Position | undefined,
  ears: Ears,
): void {
  const isPast = (epoch: string, offset: number | null): boolean =>
    opened !== undefined && epoch === opened.epoch && offset !== null && offset <= opened.offset;
  const subscriber = bus.subscribe(filters, replay && { replay });
  subscriber.on('publication', (publication) => {
    ears.publication(publication, isPast(publication.epoch, publication.offset));
  });
  subscriber.on('gap', (gap) => {
    if (gap.reason === 'retention' && isPast(gap.epoch, gap.to))
      ears.pastLacks('Older messages are no longer in the log.');
    else ears.gap(gap);
  });
  subscriber.ready.then(
    () => ears.ready(),
    (error: Error) => {
      const isForbidden = error instanceof ZerospanError && error.code === 'forbidden';
      if (!isForbidden || others.length === 0) {
        ears.failed(error);
        return;
      }
      if (others.length === 1) ears.pastLacks('The token grants no history, so this begins now.');
      subscribe(bus, filters, others, opened, ears);
    },
  );
}
