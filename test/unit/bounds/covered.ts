import type { CoveredRow } from '../../support/bound-case.ts';

/** Rows of the table that nothing is held of, or that a real socket, process or file is needed for. */
export const COVERED: readonly CoveredRow[] = [
  {
    row: 'what is remembered of segments that a log on disk has dropped',
    why: 'driven to its bound there, by segments of long names',
    tests: ['test/unit/logs/disk/retention/retention.test.ts'],
  },
  {
    row: 'packs of a log on disk in memory; indexes of segments that are sealed; files open for reading',
    why: 'driven to their bounds there; they are held for the next reader',
    tests: ['test/unit/logs/disk/reading/packs.test.ts', 'test/unit/logs/disk/segments/bounds.test.ts'],
  },
  {
    row: 'reads of cold files at a time; how much one reads',
    why: 'driven to their bounds there, by files that do not answer',
    tests: ['test/unit/logs/disk/reading/packs.test.ts', 'test/unit/logs/disk/segments/bounds.test.ts'],
  },
  {
    row: 'how far one scan of a log on disk goes',
    why: 'bounds of one answer, which nobody keeps',
    tests: ['test/unit/logs/disk/reading/packs.test.ts'],
  },
  {
    row: 'segments of a log on disk that have no footer yet; notes of its damage',
    why: 'driven to their bounds there, over a disk that stalls',
    tests: ['test/unit/logs/disk/writing/bounds.test.ts'],
  },
  {
    row: 'what a log on disk keeps for counts of losses while the disk is full',
    why: 'driven to its bound there, over a disk that is full; it is a file',
    tests: ['test/unit/logs/disk/writing/bounds.test.ts'],
  },
  {
    row: 'claims on sources in a log on JetStream; channels of a source that its nodes know',
    why: 'driven to their bounds there, over a stream in memory, which has the claims',
    tests: ['test/unit/logs/jetstream/fences.test.ts'],
  },
  {
    row: 'holes that a log on disk knows',
    why: 'driven to their bound there; they go with what is forgotten of their segments',
    tests: ['test/unit/logs/disk/segments/holes.test.ts'],
  },
  {
    row: 'what sealing, scans and retention of a log on disk take of a turn',
    why: 'nothing is held of it',
    tests: ['test/unit/logs/disk/segments/bounds.test.ts'],
  },
  {
    row: 'late answers of one poll; how long they are collected',
    why: 'driven there, over a server by hand: they go with their poll',
    tests: ['test/unit/client/poll/poll.test.ts'],
  },
  {
    row: 'what waits for one socket',
    why: 'it is what a real socket holds: it drains, and the session goes on',
    tests: ['test/unit/web/link.test.ts', 'test/integration/slow-reader.test.ts'],
  },
  {
    row: 'lines of one request to `/v1/puts` that are unanswered',
    why: 'driven to their bound there, over a log that is late and with a client that does not read',
    tests: ['test/unit/web/put-stream.test.ts', 'test/integration/http-puts.test.ts'],
  },
  {
    row: 'a line of `/v1/puts`',
    why: 'a longer one is refused, and nothing is kept of it',
    tests: ['test/unit/web/put-stream.test.ts'],
  },
  {
    row: 'what waits for one client of events over HTTP; how long that may stand still',
    why: 'it is what a real socket holds: it drains, or the connection is closed',
    tests: ['test/contract/stream-link.test.ts', 'test/unit/web/events/event-stream.test.ts'],
  },
  {
    row: 'requests that read sessions or channels, at a time; of one user; their pieces',
    why: 'driven to their bound there, by requests that wait',
    tests: ['test/unit/core/observing/sessions.test.ts'],
  },
  {
    row: 'the journal of what ended in sessions, and what was reported to their clients',
    why: 'driven to its bound there, by a user that reconnects a thousand times beside another one',
    tests: ['test/unit/core/explain/verdicts.test.ts'],
  },
  {
    row: 'marks of when one session acknowledged what; offsets noted of one replay, or of one gap',
    why: 'driven to their bounds there; they go with their session or their record',
    tests: ['test/unit/core/explain/marks.test.ts'],
  },
  {
    row: 'a page of sessions or channels; what is said of one session',
    why: 'bounds of one answer, which is kept until it is sent',
    tests: ['test/unit/core/observing/sessions.test.ts'],
  },
  {
    row: 'one page of history over HTTP: lines; bytes; entries scanned',
    why: 'bounds of one answer, which is kept until it is sent',
    tests: ['test/unit/web/history/history.test.ts'],
  },
  {
    row: 'the body of a put over HTTP, which waits while its user exceeds its pace',
    why: 'a request holds it, and nothing else does: it goes with its answer, its connection or its access',
    tests: ['test/unit/web/put-call.test.ts', 'test/unit/web/put-problems.test.ts'],
  },
  {
    row: 'what comes between `hello` and `welcome`',
    why: 'none of it is kept: the sixteenth message closes',
    tests: ['test/unit/core/conversation.test.ts', 'test/unit/core/access.test.ts'],
  },
  {
    row: 'a `reason` in `error` and `refused`; a control message of the server',
    why: 'cut, and written at once',
    tests: ['test/unit/core/conversation.test.ts'],
  },
  {
    row: 'bytes of the log that one put takes',
    why: 'the put is refused, and nothing is kept of it',
    tests: ['test/unit/core/rations.test.ts'],
  },
  {
    row: 'questions to the gate of one session',
    why: 'a second question breaks the protocol, and is not asked',
    tests: ['test/unit/core/access.test.ts'],
  },
  {
    row: 'a token, by the protocol',
    why: 'a longer one is refused, and nothing is kept of it',
    tests: ['test/unit/auth/tokens.test.ts', 'test/unit/web/messages.test.ts'],
  },
  {
    row: 'files that settings name: of tls; of keys for tokens; of revocations, and its lines; of CURVE',
    why: 'read once, and refused as a whole',
    tests: ['test/unit/auth/key-files.test.ts', 'test/unit/settings/settings.test.ts'],
  },
  {
    row: 'channels of which the log rejected messages from ZeroMQ',
    why: 'driven there, over a log that rejects',
    tests: ['test/unit/compose/log-intake.test.ts'],
  },
  {
    row: 'reads of the log at a time; of one user',
    why: 'what waits for a log that is late is driven to its bound there, over such a log',
    tests: ['test/unit/core/log-reads.test.ts'],
  },
  {
    row: 'reads that the log has not answered for 10 s; of one user',
    why: 'the same',
    tests: ['test/unit/core/log-reads.test.ts'],
  },
  {
    row: 'one write of fan-out',
    why: 'a size of one write, not something that is kept',
    tests: ['test/unit/core/session.test.ts'],
  },
  {
    row: 'names in one receipt',
    why: 'they are an answer, which is not kept beyond that of any receipt',
    tests: ['test/unit/core/naming/who.test.ts'],
  },
  {
    row: 'places of one receipt: channels, for each set of filters that matches them',
    why: 'Nothing is kept: a put that asks for more is refused before its receipt is made.',
    tests: ['test/unit/core/gathering.test.ts'],
  },
  {
    row: 'how often cohorts gather an entry between two flushes; entries that wait for the next',
    why: 'work of one turn; what waits for it is gathered with the next, or at once',
    tests: ['test/unit/core/gathering.test.ts'],
  },
  {
    row: 'places of one receipt: channels, for each set of filters that matches them',
    why: 'the put is refused, and nothing is kept of it',
    tests: ['test/unit/core/receipts-bound.test.ts'],
  },
  {
    row: 'reads that sessions behind share',
    why: 'who reads decides what is kept: a session reads again what has gone',
    tests: ['test/unit/core/shared-reads.test.ts'],
  },
  {
    row: 'rest of fan-out; of a busy ZeroMQ socket',
    why: 'a time, not something that is kept',
    tests: ['test/unit/core/rest.test.ts', 'test/unit/zeromq/ingress/bursts.test.ts'],
  },
  {
    row: 'messages taken from ZeroMQ running',
    why: 'a part of the work of one turn',
    tests: ['test/unit/zeromq/ingress/bursts.test.ts'],
  },
  {
    row: 'waiting for those who are behind when the server stops',
    why: 'a time, not something that is kept',
    tests: ['test/unit/core/conversation.test.ts', 'test/unit/core/stopping.test.ts'],
  },
  {
    row: 'a step of catching up',
    why: 'a part of the work of one turn',
    tests: ['test/unit/core/replay.test.ts', 'test/contract/memory-log.test.ts'],
  },
  {
    row: 'scans to find which subscriptions lose something by a skip: entries, for each subscription',
    why: 'work, not something that is kept',
    tests: ['test/unit/core/lost-search.test.ts'],
  },
  {
    row: 'channels of the searches for the last n in a store, all together; a search by itself counts as 8',
    why: 'a replay over a store that is not read to its end',
    tests: ['test/unit/log/last-search.test.ts'],
  },
  {
    row: 'what one read scans to count losses, for all its `interests`: dropped offsets, and the search for the `interests` of their channels',
    why: 'work, not something that is kept',
    tests: ['test/unit/log/searched.test.ts'],
  },
  {
    row: 'subscriptions, filters, channels of a put, its payload, depth of JSON',
    why: 'what one session says: refused with a code',
    tests: ['test/unit/core/limits.test.ts', 'test/integration/access/limit-settings.test.ts'],
  },
  {
    row: 'connections of any kind',
    why: 'counted by Node, and by address as WebSocket connections are',
    tests: ['test/unit/web/http-server.test.ts', 'test/integration/access/limits.test.ts'],
  },
  {
    row: 'scrapes of others than this machine; of this machine',
    why: 'work, not something that is kept',
    tests: ['test/unit/web/metrics.test.ts'],
  },
  {
    row: 'pieces of a WebSocket message; chunks of TCP that wait to become one',
    why: 'kept by `ws` until it closes the connection',
    tests: ['test/integration/access/limits.test.ts', 'test/integration/access/limit-settings.test.ts'],
  },
  {
    row: 'a TLS handshake, headers of a request; its body; a silence of `/v1/puts`',
    why: 'times of connections that Node closes',
    tests: ['test/integration/access/limits.test.ts', 'test/integration/access/limit-settings.test.ts'],
  },
  {
    row: 'messages that break the protocol',
    why: 'a number of each connection: the sixteenth closes it',
    tests: ['test/unit/core/conversation.test.ts'],
  },
  {
    row: 'bridges that are followed behind one source',
    why: 'the oldest is forgotten, and a source never loses them all',
    tests: ['test/unit/zeromq/bridge/links.test.ts'],
  },
  {
    row: 'bytes that wait for one native subscriber',
    why: 'kept by libzmq, which does not say how many they are: what went out is reckoned',
    tests: ['test/unit/zeromq/egress/waiting-bytes.test.ts', 'test/integration/zeromq-excesses.test.ts'],
  },
  {
    row: 'parts of a message from ZeroMQ',
    why: 'none of it is kept: its connections end',
    tests: ['test/unit/zeromq/egress/notices.test.ts', 'test/integration/zeromq-excesses.test.ts'],
  },
];
