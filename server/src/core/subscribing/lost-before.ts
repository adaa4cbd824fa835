import type { Requester } from '../access/requester.ts';
import type { Log } from '../log/log.ts';
import type { Catching, CatchUp, Step } from '../session/behind/catchup.ts';
import type { LogReads } from '../session/behind/log-reads.ts';
import { entriesBetween, LostSearch } from '../session/behind/lost-search.ts';
import type { Lost } from '../session/gaps.ts';
import type { Replays } from '../session/replays.ts';
import { Subscription } from '../session/subscription.ts';
import type { Wish } from './greeting.ts';
import { resumesAt } from './positions.ts';

/** What a search for losses uses of the bus. */
export interface SearchingBus {
  readonly log: Log;
  readonly fanout: { readonly head: number };
  readonly reads: LogReads;
  readonly catchUp: Pick<CatchUp, 'add' | 'forget'>;
  readonly replays: Pick<Replays, 'roomFor' | 'charge'>;
}

/** A search under way. */
export interface SearchLost {
  /** What they lose. Rejects where the log fails. */
  readonly found: Promise<readonly Lost[]>;
  /** Nobody waits for it any more: what it waits for is let go of, and what it has scanned so far is charged. */
  giveUp(): void;
}

/**
 * What those subscriptions lose that resume from before the resume window. The log is asked, so that no gap is reported
 * to one that lost nothing.
 * @returns undefined where none resumes from there
 */
export function lostBefore(
  wishes: readonly Wish[],
  epoch: string | undefined,
  { rateKey, user }: Pick<Requester, 'rateKey' | 'user'>,
  bus: SearchingBus,
): SearchLost | undefined {
  const { log, fanout, replays } = bus;
  const isOtherLog = epoch !== undefined && epoch !== log.epoch;
  const late = wishes.filter(({ begins }) => begins !== undefined);
  const [first] = late;
  if (first?.begins === undefined) return undefined;
  const interests = late.map(
    (wish) => new Subscription(wish, resumesAt(wish, isOtherLog, log, fanout.head) ?? 0),
  );
  const least = interests.reduce((lowest, { after }) => Math.min(lowest, after), first.begins);
  const search = new LostSearch(
    interests,
    least,
    first.begins,
    entriesBetween(log, least, first.begins),
    replays.roomFor(rateKey),
  );
  return begin(search, user, bus, () => replays.charge(rateKey, search.scanned));
}

/**
 * Takes the steps of a search among those of all sessions that catch up.
 * @param charge called once, when it has taken its last step
 */
function begin(
  search: LostSearch,
  user: string,
  { reads, catchUp }: SearchingBus,
  charge: () => void,
): SearchLost {
  let state: 'waiting' | 'reading' | 'ended' = 'waiting';
  let isOver = false;
  let giveUp = (): void => {};
  const found = new Promise<readonly Lost[]>((resolve, reject) => {
    const end = (settle: () => void): false => {
      state = 'ended';
      charge();
      settle();
      return false;
    };
    const goesOn = (): boolean => {
      if (search.isDone || isOver) return end(() => resolve(search.lost));
      state = 'waiting';
      return true;
    };
    const failed = (error: unknown): false => end(() => reject(error as Error));
    const step = (): Step => {
      try {
        const asked = reads.ask(
          user,
          (log) => search.step(log),
          () => {},
        );
        if (!(asked instanceof Promise)) return asked ?? goesOn();
        state = 'reading';
        return asked.then(goesOn, failed);
      } catch (error) {
        return failed(error);
      }
    };
    const who: Catching = { user, step };
    if (search.isDone) goesOn();
    else catchUp.add(who);
    giveUp = () => {
      isOver = true;
      // A read ends by itself, by its time-out at the latest; what waits for a slot could wait for ever.
      if (state !== 'waiting') return;
      catchUp.forget(who);
      goesOn();
    };
  });
  return { found, giveUp };
}
