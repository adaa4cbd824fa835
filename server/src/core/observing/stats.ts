import { type ServerStatus, STATS_CHANNEL } from '@zerospan/shared';
import type { Cohorts } from '../fanout/cohorts.ts';
import type { Log } from '../log/log.ts';

/** For whose share of the log it counts: the letters of other users are small. */
const USER = 'S';

/** What publishing the state of the server uses of the bus. */
export interface StatsBus {
  readonly log: Pick<Log, 'state' | 'append'>;
  readonly fanout: { readonly cohorts: Pick<Cohorts, 'sessionsMatching'> };
  readonly reports: { failed(error: unknown): void };
}

/**
 * Appends the state of the server to the log while somebody is subscribed to it, on a channel of the server's own. It
 * is never sent to ZeroMQ, and what it costs is counted apart: rates are of what users do.
 */
export class StatsChannel {
  /** Entries that it has appended. */
  entries = 0;
  /** How many sessions they were for. */
  deliveries = 0;
  readonly #bus: StatsBus;

  constructor(bus: StatsBus) {
    this.#bus = bus;
  }

  /** To be called once a second. @param read called only where somebody receives it */
  publish(read: () => ServerStatus): void {
    const { log, fanout, reports } = this.#bus;
    const sessions = fanout.cohorts.sessionsMatching(STATS_CHANNEL);
    // The log takes nothing now: the time of the last state shows since when.
    if (sessions === 0 || log.state !== 'reachable') return;
    const payload = new TextEncoder().encode(JSON.stringify(read()));
    this.entries++;
    this.deliveries += sessions;
    try {
      const appended = log.append({ channels: [STATS_CHANNEL], payload, republish: false, user: USER });
      if (appended instanceof Promise) appended.catch((error: unknown) => reports.failed(error));
    } catch (error) {
      reports.failed(error);
    }
  }
}
