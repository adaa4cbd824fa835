import { useState } from 'preact/hooks';
import { count, duration } from '../../data/format.ts';
import type { VoteReading } from './counting/reading.ts';
import type { Said } from './counting/rules.ts';

/** Bars before one asks for more. */
const SHOWN = 20;

/** In place of a choice that is a text without a character. */
export const EMPTY = '(empty text)';

/** Longer choices are cut: they come from anybody. */
const LABEL_MOST = 200;

/** The choices with their votes, their shares, and how they came over time. */
export function Bars({ reading }: { readonly reading: VoteReading }) {
  const [isAll, setAll] = useState(false);
  const { bars, series, votes } = reading.tally;
  const total = votes.size;
  const most = Math.max(1, ...bars.map(({ votes }) => votes));
  if (bars.length === 0)
    return (
      <p class="muted no-votes">
        {reading.state.kind === 'reading'
          ? 'Reading the log …'
          : 'No votes yet. They appear here as they come.'}
      </p>
    );
  const shown = isAll ? bars : bars.slice(0, SHOWN);
  return (
    <>
      <table class="bars">
        <caption class="visually-hidden">Votes by choice</caption>
        <thead>
          <tr>
            <th scope="col">Choice</th>
            <th scope="col" class="number">
              Votes
            </th>
            <th scope="col" class="number">
              Share
            </th>
            <th scope="col" class="over-time">
              Over {duration(Math.max(series.untilMs, 1_000))}
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ choice, votes }) => (
            <tr key={choice.key} class={votes === most && total > 0 ? 'leads' : ''}>
              <th scope="row">
                <Label choice={choice} />
                <span class="vote-bar" aria-hidden="true">
                  <span style={{ width: `${(100 * votes) / most}%` }} />
                </span>
              </th>
              <td class="number">{count(votes)}</td>
              <td class="number">{share(votes, total)}</td>
              <td class="over-time">
                <Standing values={series.standing(choice.key)} most={most} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {bars.length > shown.length && (
        <button type="button" class="small" onClick={() => setAll(true)}>
          Show {count(bars.length - shown.length)} more choices
        </button>
      )}
    </>
  );
}

function Label({ choice: { label } }: { readonly choice: Said }) {
  const text = label || EMPTY;
  if (text.length <= LABEL_MOST) return <bdi class="choice">{text}</bdi>;
  return <bdi class="choice">{text.slice(0, LABEL_MOST)}…</bdi>;
}

/** 33.3 %: whole where it is exact. */
function share(votes: number, total: number): string {
  if (total === 0) return '–';
  const percent = (100 * votes) / total;
  return `${percent.toFixed(Number.isInteger(percent) ? 0 : 1)} %`;
}

/** How the votes of a choice rose. The numbers stand beside it, so a listener is spared it. */
function Standing({ values, most }: { readonly values: readonly number[]; readonly most: number }) {
  const wide = Math.max(1, values.length);
  // As steps, so that a single bucket is seen too.
  const points = [0, ...values].map(
    (value, at) => `${at === 0 ? 'M' : 'L'}${at} ${(100 - (96 * value) / most).toFixed(1)}`,
  );
  return (
    <svg class="sparkline" viewBox={`0 0 ${wide} 100`} preserveAspectRatio="none" aria-hidden="true">
      <path class="area" d={`${points.join('')}V100H0Z`} />
      <path class="line" d={points.join('')} />
    </svg>
  );
}
