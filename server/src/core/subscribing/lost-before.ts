import type { Requester } from '../access/requester.ts';
import type { Log } from '../log/log.ts';
import type { CatchUp, Step } from '../session/behind/catchup.ts';
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
  readonly catchUp: Pick<CatchUp, 'add'>;
  readonly replays: Pick<Replays, 'roomFor' | 'charge'>;
}

/**
 * What those subscriptions lose that resume from before the resume window. The log is asked, so that no gap is reported
 * to one that lost nothing.
 * @param isOver whether nobody waits for it any more
 * @returns undefined where none resumes from there
 */
export function lostBefore(
  wishes: readonly Wish[],
  epoch: string | undefined,
  { rateKey, user }: Pick<Requester, 'rateKey' | 'user'>,
  bus: SearchingBus,
  isOver: () => boolean,
): Promise<readonly Lost[]> | undefined {
  const { log, fanout, replays } = bus;
  const isOtherLog = epoch !== undefined && epoch !== log.epoch;
  const late = wishes.filter(({ begins }) => begins !== undefined);
  const [first] = late;
  if (first?.begins === undefined) return undefined;
  const wants = late.map(
    (wish) => new Subscription(wish, resumesAt(wish, isOtherLog, log, fanout.head) ?? 0),
  );
  const least = wants.reduce((lowest, { after }) => Math.min(lowest, after), first.begins);
  const search = new LostSearch(
    wants,
    least,
    first.begins,
    entriesBetween(log, least, first.begins),
    replays.roomFor(rateKey),
  );
  return found(search, user, bus, isOver).finally(() => replays.charge(rateKey, search.looked));
}

/** Takes the steps of a search among those of all sessions that catch up. */
function found(
  search: LostSearch,
  user: string,
  { reads, catchUp }: SearchingBus,
  isOver: () => boolean,
): Promise<readonly Lost[]> {
  return new Promise((resolve, reject) => {
    const goesOn = (): boolean => {
      if (!search.isDone && !isOver()) return true;
      resolve(search.lost);
      return false;
    };
    const failed = (error: unknown): false => {
      reject(error as Error);
      return false;
    };
    const step = (): Step => {
      if (isOver()) return goesOn();
      try {
        const asked = reads.ask(
          user,
          (log) => search.step(log),
          () => {},
        );
        return asked instanceof Promise ? asked.then(goesOn, failed) : (asked ?? goesOn());
      } catch (error) {
        return failed(error);
      }
    };
    if (search.isDone) resolve(search.lost);
    else catchUp.add({ user, step });
  });
}
