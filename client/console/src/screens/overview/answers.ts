import type { ServerStatus } from '@zerospan/shared';
import { count, duration, plural } from '../../data/format.ts';

/** An answer to a question that an operator has. */
export interface Answer {
  readonly question: string;
  /** `good`: nothing to do. `warn`: worth a visit. `none`: there is nothing to say yet. */
  readonly mood: 'good' | 'warn' | 'none';
  /** In one sentence. */
  readonly answer: string;
  /** What it follows from. */
  readonly details: string;
  /** Where one sees more: a screen of the console, and what of it. */
  readonly screen: string;
  readonly params?: Readonly<Record<string, string>>;
}

type Counts = Readonly<Record<string, number>>;

/** The four answers of the overview. @param before the state up to a minute ago: what is new since then counts more */
export function answersOf(now: ServerStatus, before: ServerStatus): readonly Answer[] {
  return [lostOf(now, before), slowOf(now), refusedOf(now, before), zeromqOf(now, before)];
}

function lostOf(now: ServerStatus, before: ServerStatus): Answer {
  const question = 'Was anything lost?';
  const at = { question, screen: 'clients' };
  const [gaps, dropped] = [total(now.gaps), total(now.zeromq.dropped)];
  const recent = gaps - total(before.gaps) + dropped - total(before.zeromq.dropped);
  if (gaps + dropped === 0)
    return {
      ...at,
      mood: 'good',
      answer: 'No.',
      details: 'No gap was reported to a client since the start.',
    };
  const parts = [
    ...(gaps > 0 ? [`${plural(gaps, 'gap')} reported to clients (${list(now.gaps)})`] : []),
    ...(dropped > 0 ? [`${count(dropped)} dropped from ZeroMQ (${list(now.zeromq.dropped)})`] : []),
  ];
  return {
    ...at,
    mood: recent > 0 ? 'warn' : 'none',
    answer: recent > 0 ? `Yes: ${count(recent)} in the last minute.` : 'Not in the last minute.',
    details: `Since the start: ${parts.join('; ')}.`,
  };
}

function slowOf({ sessions, log }: ServerStatus): Answer {
  const at = { question: 'Who is slow?', screen: 'clients', params: { sort: 'lag' } };
  const all = sessions.live + sessions.behind;
  const away =
    log.awayMs === null
      ? 'A client may be away for any time and misses nothing.'
      : `A client may be away for ${duration(log.awayMs)} and misses nothing.`;
  if (all === 0) return { ...at, mood: 'none', answer: 'Nobody is connected.', details: away };
  if (sessions.behind === 0)
    return {
      ...at,
      mood: 'good',
      answer: 'Nobody.',
      details: `${plural(all, 'session')}, all of them live. ${away}`,
    };
  return {
    ...at,
    mood: 'warn',
    answer: `${count(sessions.behind)} of ${plural(all, 'session')}.`,
    details: `${sessions.behind === 1 ? 'It reads' : 'They read'} the log to catch up. ${away}`,
  };
}

function refusedOf(now: ServerStatus, before: ServerStatus): Answer {
  const at = { question: 'What is refused?', screen: 'clients', params: { sort: 'refusals' } };
  const all = total(now.refusals);
  if (all === 0)
    return { ...at, mood: 'good', answer: 'Nothing.', details: 'No request was refused since the start.' };
  const recent = all - total(before.refusals);
  return {
    ...at,
    mood: recent > 0 ? 'warn' : 'none',
    answer: recent > 0 ? `${plural(recent, 'request')} in the last minute.` : 'Nothing in the last minute.',
    details: `Since the start: ${list(now.refusals)}.`,
  };
}

function zeromqOf(now: ServerStatus, before: ServerStatus): Answer {
  const { peers, received, sent, sources } = now.zeromq;
  const at = { question: 'Does ZeroMQ flow?', screen: 'channels' };
  const away = sources.filter(({ isConnected }) => !isConnected);
  const details =
    `${plural(peers.ingress, 'publisher')} and ${plural(peers.egress, 'subscriber')} connected; ` +
    `${count(received)} received and ${count(sent)} sent since the start.`;
  if (away.length > 0)
    return {
      ...at,
      mood: 'warn',
      answer: `Not from ${away.map(({ address }) => address).join(', ')}.`,
      details,
    };
  const flows = received + sent - before.zeromq.received - before.zeromq.sent;
  if (flows > 0) return { ...at, mood: 'good', answer: 'Yes.', details };
  if (peers.ingress + peers.egress === 0)
    return { ...at, mood: 'none', answer: 'No ZeroMQ program is connected.', details };
  return { ...at, mood: 'none', answer: 'Nothing in the last minute.', details };
}

export function total(counts: Counts): number {
  return Object.values(counts).reduce((sum, each) => sum + each, 0);
}

/** The largest first: `retention 12, lag 3`. */
function list(counts: Counts): string {
  return Object.entries(counts)
    .filter(([, each]) => each > 0)
    .toSorted(([, one], [, other]) => other - one)
    .map(([name, each]) => `${name} ${count(each)}`)
    .join(', ');
}
