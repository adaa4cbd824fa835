import type { ComponentType } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { count, duration } from '../../../data/format.ts';
import { numberPaths, pathText } from '../../../data/json-path.ts';
import type { Followed } from '../model/followed.ts';
import { type Points, pointsOf } from '../model/points.ts';

/** In a list of paths: the message itself is the number. */
const ITSELF = 'the message';

/** Any number of a channel's messages over the last ten minutes. */
export function NumberPlot({ followed }: { readonly followed: Followed }) {
  const [chosen, setChosen] = useState<string>();
  const [Plot, setPlot] = useState<ComponentType<{ readonly points: Points; readonly label: string }>>();
  const { last, past } = followed;
  const paths = last ? numberPaths(last.message) : [];
  const path = paths.find((each) => textOf(each) === chosen) ?? paths[0];
  const hasNumbers = path !== undefined;
  useEffect(() => {
    if (hasNumbers) void import('./plot.tsx').then(({ default: loaded }) => setPlot(() => loaded));
  }, [hasNumbers]);
  const key = path && textOf(path);
  const size = past.length;
  const lastOffset = last?.offset;
  const points = useMemo(
    () => (path ? pointsOf(past, path) : undefined),
    // The path stands for itself by its text: it is another list each time.
    [past, size, lastOffset, key],
  );
  if (path === undefined || points === undefined) return null;
  const [seconds, values] = points;
  const [from, to] = [seconds[0], seconds.at(-1)];
  const spanMs = from === undefined || to === undefined ? 0 : (to - from) * 1_000;
  const words = `${textOf(path)}: ${count(values.length)} values in ${duration(spanMs)}, least ${short(Math.min(...values))}, most ${short(Math.max(...values))}, last ${short(values.at(-1) ?? 0)}`;
  return (
    <>
      <h3>
        <label>
          Plot of{' '}
          <select value={textOf(path)} onChange={(event) => setChosen(event.currentTarget.value)}>
            {paths.map((each) => (
              <option key={textOf(each)} value={textOf(each)}>
                {textOf(each)}
              </option>
            ))}
          </select>
        </label>
      </h3>
      {Plot && <Plot points={points} label={words} />}
      <p class="hint">
        {words}
        {followed.isCut && '. The log has more of these ten minutes than is shown.'}
      </p>
    </>
  );
}

function textOf(path: readonly (string | number)[]): string {
  return path.length === 0 ? ITSELF : pathText(path);
}

/** A plot is no place for sixteen digits. */
function short(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(5)));
}
