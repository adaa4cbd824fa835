import './overview.css';
import type { ServerStatus } from '@zerospan/shared';
import { bytes, count, duration, plural, rate } from '../../data/format.ts';
import { Empty } from '../../parts/empty.tsx';
import { Sparkline } from '../../parts/sparkline.tsx';
import { hrefOf } from '../../shell/router.ts';
import { isOffered, useServices } from '../../shell/services.ts';
import { type Answer, answersOf } from './answers.ts';
import { Figures } from './figures.tsx';

/** Is anything lost, slow or refused? */
export default function Overview() {
  const { stats, connection } = useServices();
  const minute = stats.minute.value;
  const [before] = minute;
  const now = minute.at(-1);
  const staleMs = stats.staleMs.value;
  if (before === undefined || now === undefined) {
    const problem = stats.problem.value;
    return (
      <Empty
        lead={
          problem
            ? 'The server does not say its state.'
            : connection.isConnected.value
              ? 'Asking the server…'
              : 'There is no connection yet.'
        }
      >
        {problem && (
          <p>
            {problem.message} {problem.remedy}
          </p>
        )}
      </Empty>
    );
  }
  return (
    <div class={staleMs === undefined ? 'overview' : 'overview stale'}>
      <h1>
        Overview
        {staleMs !== undefined && <span class="tag">as it was {duration(staleMs)} ago</span>}
      </h1>
      <Attention status={now} />
      <ul class="answers">
        {answersOf(now, before).map((answer) => (
          <AnswerCard key={answer.question} answer={answer} />
        ))}
      </ul>
      <ul class="rates">
        <RateCard name="Publications" minute={minute} of="publicationsPerS" />
        <RateCard name="Deliveries" minute={minute} of="deliveriesPerS" />
        <RateCard name="Puts" minute={minute} of="putsPerS" />
      </ul>
      <LogCard log={now.log} />
      <Figures status={now} />
    </div>
  );
}

/** What readiness waits for, and what needs attention. */
function Attention({ status: { waiting, notes } }: { readonly status: ServerStatus }) {
  if (waiting.length + notes.length === 0) return null;
  return (
    <ul class="attention" aria-label="What needs attention">
      {waiting.map((each) => (
        <li key={each} class="bad">
          Not ready: {each}
        </li>
      ))}
      {notes.map((each) => (
        <li key={each} class="warn">
          {each}
        </li>
      ))}
    </ul>
  );
}

const SIGNS: Readonly<Record<Answer['mood'], string>> = { good: '✓', warn: '!', none: '–' };

function AnswerCard({
  answer: { question, mood, answer, details, screen, params },
}: {
  readonly answer: Answer;
}) {
  const target = isOffered(useServices(), screen);
  return (
    <li class="card answer-card">
      <h2>{question}</h2>
      <p class={`said ${mood}`}>
        <span class="mood" aria-hidden="true">
          {SIGNS[mood]}
        </span>
        {target ? <a href={hrefOf(screen, params)}>{answer}</a> : <span>{answer}</span>}
      </p>
      <p class="hint">{details}</p>
    </li>
  );
}

interface RateCardProps {
  readonly name: string;
  readonly minute: readonly ServerStatus[];
  readonly of: keyof ServerStatus['rates'];
}

function RateCard({ name, minute, of }: RateCardProps) {
  const values = minute.map(({ rates }) => rates[of]);
  const [now, most] = [values.at(-1) ?? 0, Math.max(0, ...values)];
  return (
    <li class="card rate-card">
      <h2>{name}</h2>
      <p>
        <strong>{rate(now)}</strong> <span class="unit">a second</span>
      </p>
      <Sparkline
        values={values}
        label={`${name} a second over the last minute: ${rate(now)} now, ${rate(most)} at most`}
      />
    </li>
  );
}

const LOG_WORDS: Readonly<Record<Exclude<ServerStatus['log']['state'], 'reachable'>, string>> = {
  away: 'The log does not answer.',
  full: 'The log is full.',
  failed: 'The log fails.',
};

/** How full the log is, as what it means: how long one may be away. */
function LogCard({ log }: { readonly log: ServerStatus['log'] }) {
  const share = log.mostBytes === 0 ? 0 : log.bytes / log.mostBytes;
  const words =
    log.awayMs === null
      ? 'You can be away for any time: nothing makes the log drop what it holds.'
      : `You can be away for ${duration(log.awayMs)}, at the rate of now, and miss nothing.`;
  return (
    <section class="card log-card" aria-labelledby="log-title">
      <h2 id="log-title">Log</h2>
      <p class={log.state === 'reachable' ? 'said' : 'said bad'}>
        {log.state === 'reachable' ? words : LOG_WORDS[log.state]}
      </p>
      <meter class="fill" min={0} max={1} value={share} aria-label="How full the log is">
        {Math.round(share * 100)} %
      </meter>
      <p class="hint">
        {bytes(log.bytes)} of {bytes(log.mostBytes)} {placeOf(log)}; {plural(log.entries, 'entry', 'entries')}{' '}
        back to {log.entries === 0 ? 'nothing' : `${duration(log.heldMs)} ago`};{' '}
        {log.mostAgeMs === 0 ? 'none is dropped for its age' : `dropped after ${duration(log.mostAgeMs)}`}.
        Head {count(log.head)}.
      </p>
    </section>
  );
}

function placeOf({ kind, directory, memoryBytes }: ServerStatus['log']): string {
  return directory === null ? `in ${kind}` : `on disk in ${directory}, ${bytes(memoryBytes)} of it in memory`;
}
