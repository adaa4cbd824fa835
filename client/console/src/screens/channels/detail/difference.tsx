import type { Publication } from '@zerospan/client';
import diff from 'microdiff';
import { count } from '../../../data/format.ts';
import { type Path, pathText } from '../../../data/json-path.ts';

/** Differences shown at once. */
const MOST = 50;
/** Characters of a value in a difference. */
const SHORT = 120;

interface Change {
  readonly path: string;
  readonly kind: 'new' | 'gone' | 'changed';
  readonly before: unknown;
  readonly now: unknown;
}

/** What has changed from the value before to the last one. */
export function Difference({ before, last }: { readonly before: Publication; readonly last: Publication }) {
  const changes = changesOf(before.message, last.message);
  if (changes.length === 0) return <p class="hint">The same as the one before.</p>;
  return (
    <ul class="changes">
      {changes.slice(0, MOST).map(({ path, kind, before: was, now }) => (
        <li key={path}>
          <span class="tag">{kind}</span> <bdi class="json-name">{path}</bdi>{' '}
          {kind !== 'new' && <bdi class="was">{short(was)}</bdi>} {kind === 'changed' && '→'}{' '}
          {kind !== 'gone' && <bdi>{short(now)}</bdi>}
        </li>
      ))}
      {changes.length > MOST && <li class="hint">and {count(changes.length - MOST)} more</li>}
    </ul>
  );
}

const KINDS = { CREATE: 'new', REMOVE: 'gone', CHANGE: 'changed' } as const;

export function changesOf(before: unknown, now: unknown): readonly Change[] {
  if (!isTree(before) || !isTree(now) || Array.isArray(before) !== Array.isArray(now))
    return JSON.stringify(before) === JSON.stringify(now) ? [] : [{ path: '', kind: 'changed', before, now }];
  return diff(before, now, { cyclesFix: false }).map((each) => {
    const path = pathText(each.path as Path);
    const now: unknown = each.type === 'REMOVE' ? undefined : each.value;
    const was: unknown = each.type === 'CREATE' ? undefined : each.oldValue;
    return { path, kind: KINDS[each.type], before: was, now };
  });
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > SHORT ? `${text.slice(0, SHORT)}…` : text;
}
