import type { EffectiveSetting, ServerSettings, SettingSource, SettingValue } from '@zerospan/shared';
import { useEffect, useId, useMemo, useState } from 'preact/hooks';
import { Problem } from '../../data/api.ts';
import { bytes, count, duration, plural } from '../../data/format.ts';
import { Empty } from '../../parts/empty.tsx';
import { useServices } from '../../shell/services.ts';

const SOURCE_WORDS: Readonly<Record<SettingSource, string>> = {
  default: 'default',
  file: 'file',
  environment: 'environment',
  flag: 'flag',
  option: 'option of the application',
};

/** What the server runs with, and what gave it. */
export function Settings() {
  const { api, router } = useServices();
  const id = useId();
  const [answer, setAnswer] = useState<ServerSettings | Problem | undefined>();
  useEffect(() => {
    const stop = new AbortController();
    api.get<ServerSettings>('settings', {}, stop.signal).then(setAnswer, (error: unknown) => {
      if (error instanceof Problem) setAnswer(error);
    });
    return () => stop.abort();
  }, [api]);
  const query = router.query.value;
  const search = query.get('q') ?? '';
  const onlyChanged = query.has('changed');
  const write = (changed: Readonly<Record<string, string | undefined>>): void =>
    router.replace({ ...Object.fromEntries(router.query.peek()), ...changed });
  const all = answer instanceof Problem || answer === undefined ? [] : answer.settings;
  const found = useMemo(
    () => all.filter((each) => isFound(each, search, onlyChanged)),
    [all, search, onlyChanged],
  );
  return (
    <section class="part" aria-labelledby="settings-title">
      <h2 id="settings-title">Settings</h2>
      {answer instanceof Problem && (
        <Empty lead={answer.message}>
          <p>{answer.remedy}</p>
        </Empty>
      )}
      {all.length > 0 && (
        <>
          <div class="setting-tools">
            <input
              type="search"
              aria-label="Search settings"
              placeholder="Search settings"
              value={search}
              onInput={(event) => write({ q: event.currentTarget.value })}
            />
            <label class="check" for={id}>
              <input
                id={id}
                type="checkbox"
                checked={onlyChanged}
                onChange={(event) => write({ changed: event.currentTarget.checked ? 'true' : undefined })}
              />
              Only what is not at its default
            </label>
            <span class="muted">
              {plural(found.length, 'setting')} of {count(all.length)}
            </span>
          </div>
          {found.length === 0 ? (
            <p class="muted">{nothingFound(search, onlyChanged)}</p>
          ) : (
            <Table settings={found} />
          )}
        </>
      )}
    </section>
  );
}

function Table({ settings }: { readonly settings: readonly EffectiveSetting[] }) {
  return (
    <table class="settings">
      <thead>
        <tr>
          <th scope="col">Setting</th>
          <th scope="col">Value</th>
          <th scope="col">From</th>
        </tr>
      </thead>
      <tbody>
        {settings.map((each) => (
          <tr key={each.setting}>
            <th scope="row">
              <span class="mono">{each.setting}</span>
              <p class="hint">{each.description}</p>
            </th>
            <td>
              <Value setting={each} />
            </td>
            <td>
              {each.source === 'default' ? (
                <span class="muted">default</span>
              ) : (
                <>
                  <span class="tag accent">{SOURCE_WORDS[each.source]}</span>
                  {each.from !== undefined && <bdi class="mono from">{each.from}</bdi>}
                </>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Value({
  setting: { setting, value, source, default: fallback },
}: {
  readonly setting: EffectiveSetting;
}) {
  if (value === null) return <span class="muted">hidden, because it is a secret</span>;
  const words = inWords(setting, value);
  return (
    <>
      <bdi class="mono">{textOf(value)}</bdi>
      {words !== undefined && <span class="muted"> ({words})</span>}
      {source !== 'default' && fallback !== null && textOf(fallback) !== textOf(value) && (
        <p class="hint">
          default <bdi class="mono">{textOf(fallback)}</bdi>
        </p>
      )}
    </>
  );
}

function textOf(value: SettingValue): string {
  if (typeof value === 'object') return value.length === 0 ? 'none' : value.join(', ');
  return value === '' ? 'empty' : String(value);
}

/** A number with its unit, where the name of the setting says which it is. */
function inWords(setting: string, value: SettingValue): string | undefined {
  if (typeof value !== 'number' || value === 0) return undefined;
  if (/Ms$/.test(setting) && value >= 1_000) return duration(value);
  if (/(?:Bytes|\.bytes)$/.test(setting) && value >= 1_024) return bytes(value);
  return undefined;
}

function isFound(
  { setting, description, source, from = '' }: EffectiveSetting,
  search: string,
  onlyChanged: boolean,
): boolean {
  const text = `${setting} ${description} ${from}`.toLowerCase();
  return (!onlyChanged || source !== 'default') && text.includes(search.trim().toLowerCase());
}

function nothingFound(search: string, onlyChanged: boolean): string {
  if (search.trim() !== '') return 'No setting matches.';
  return onlyChanged ? 'All settings are at their defaults.' : 'There are none.';
}
