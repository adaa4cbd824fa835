import type { Hub } from './hub.ts';
import { LOG_STATES } from './log/log.ts';
import { type Meter, meter } from './meter.ts';
import { standingsOf } from './observing/standings.ts';

/** What the core counts. */
export function coreMeters(hub: Hub): Meter[] {
  const { fanout, catchUp } = hub;
  return [
    meter('gauge', 'zerospan_connections', 'Clients connected, greeted or not', () => hub.connections.size),
    {
      kind: 'gauge',
      name: 'zerospan_sessions',
      help: 'Sessions: live ones take part in fan-out, those behind read the log',
      label: 'standing',
      read: () => Object.entries(standingsOf(hub.connections.all)),
    },
    {
      kind: 'spread',
      name: 'zerospan_session_lag',
      help: 'Entries in memory above the position of each session: of its application, if it acknowledges, otherwise of its socket',
      bounds: [0, 10, 100, 1_000, 10_000, 100_000],
      read: () => lags(hub),
    },
    meter(
      'gauge',
      'zerospan_cohorts',
      'Cohorts: sets of sessions with the same filters',
      () => fanout.cohorts.count,
    ),
    meter('gauge', 'zerospan_filters', 'Filters of all sessions', () => hub.filters.total),
    meter(
      'gauge',
      'zerospan_catching_up',
      'Sessions that wait for their turn to read the log',
      () => catchUp.waiting,
    ),
    {
      kind: 'gauge',
      name: 'zerospan_log_state',
      help: 'Whether the log is in this state: 1 or 0',
      label: 'state',
      read: () => LOG_STATES.map((state) => [state, hub.log.state === state ? 1 : 0] as const),
    },
    meter(
      'counter',
      'zerospan_log_restarts_total',
      'Times that the epoch of the log has changed while the server ran',
      () => hub.restarts,
    ),
    {
      kind: 'gauge',
      name: 'zerospan_log_reads',
      help: 'Reads that the log has not answered: in time, or overdue',
      label: 'standing',
      read: () => [
        ['running', hub.reads.running],
        ['overdue', hub.reads.overdue],
      ],
    },
    meter(
      'counter',
      'zerospan_puts_accepted_total',
      'Puts of clients that the log accepted',
      () => hub.puts.accepted,
    ),
    meter('gauge', 'zerospan_puts_in_flight', 'Puts that the log has not answered', () => hub.puts.inFlight),
    {
      kind: 'gauge',
      name: 'zerospan_replays',
      help: 'Replays: running, and waiting for others of their session',
      label: 'standing',
      read: () => replays(hub),
    },
    meter(
      'counter',
      'zerospan_replay_entries_total',
      'Entries, filters and dropped offsets scanned for replays and for clients that reconnect',
      () => hub.replays.scanned,
    ),
    meter(
      'gauge',
      'zerospan_replays_paced',
      'Sessions whose replays wait for limits.replayEntriesPerS',
      () => hub.replays.waiting,
    ),
    meter(
      'gauge',
      'zerospan_filter_changes_waiting',
      'Connections whose change of filters, or put with confirm, waits for a later turn of the event loop',
      () => hub.fanout.changes.waiting,
    ),
    meter(
      'gauge',
      'zerospan_receipts_pending',
      'Puts that wait for their receipt',
      () => hub.receipts.pending,
    ),
    meter(
      'gauge',
      'zerospan_receipt_bytes',
      'Memory of puts that wait for their receipt, as limits.receiptBytes counts it',
      () => hub.receipts.bytes,
    ),
    meter(
      'gauge',
      'zerospan_absent_clients',
      'Clients that lost their session in the last minute and have not come back',
      () => hub.receipts.absences.count,
    ),
    meter(
      'gauge',
      'zerospan_journal_records',
      'Records of the journal that GET /v1/explain reads: sessions that ended, and what was reported to clients',
      () => hub.journal.records,
    ),
    meter(
      'gauge',
      'zerospan_journal_bytes',
      'Memory of the journal, as limits.journalBytes counts it',
      () => hub.journal.bytes,
    ),
    meter(
      'counter',
      'zerospan_journal_forgotten_total',
      'Records of the journal forgotten, because limits.journalBytes was exceeded',
      () => hub.journal.forgottenRecords,
    ),
    meter(
      'counter',
      'zerospan_put_holds_total',
      'Times that the server slowed down the reading of a socket because its client put too fast',
      () => hub.reports.holds,
    ),
    meter('gauge', 'zerospan_head_offset', 'Offset of the newest publication', () => fanout.head),
    meter(
      'counter',
      'zerospan_publications_total',
      'Entries taken from the log: publications and upstream gaps',
      () => fanout.taken,
    ),
    meter('counter', 'zerospan_deliveries_total', 'Entries written to live sessions', () => fanout.delivered),
    {
      kind: 'counter',
      name: 'zerospan_gaps_total',
      help: 'Gaps reported to clients',
      label: 'reason',
      read: () => hub.reports.gaps,
    },
    {
      kind: 'counter',
      name: 'zerospan_refused_total',
      help: 'Messages refused and clients rejected',
      label: 'code',
      read: () => hub.reports.refusals,
    },
  ];
}

function replays(hub: Hub): [string, number][] {
  let running = 0;
  let waiting = 0;
  for (const { session } of hub.connections.all) {
    const counts = hub.replays.counts(session?.subscriptions ?? []);
    running += counts.running;
    waiting += counts.waiting;
  }
  return [
    ['running', running],
    ['waiting', waiting],
  ];
}

function* lags(hub: Hub): Generator<number> {
  for (const { session } of hub.connections.all) if (session) yield hub.log.entriesAbove(session.reached);
}
