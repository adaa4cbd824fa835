import { describe, expect, it } from 'vitest';
import { effectiveSettings } from '../../../server/src/settings/effective.ts';
import { readSettings, type SettingSources } from '../../../server/src/settings/read.ts';
import { SETTINGS } from '../../../server/src/settings/settings.ts';

const MIB = 1024 * 1024;

const logOf = (sources: SettingSources) => readSettings(sources).settings.log;
const file = (content: unknown): SettingSources => ({ file: { name: 'bus.yaml', content } });

/** Value and default of a setting, as operators see them. */
function shownOf(path: string, sources: SettingSources): unknown[] {
  const { settings, given } = readSettings(sources);
  const all = effectiveSettings(settings, { given, ownServer: true, secretVariable: undefined });
  const found = all.settings.find(({ setting }) => setting === path);
  return [found?.value, found?.default, found?.source];
}

describe('defaults that depend on another setting', () => {
  it('are those of the kind of the log, whatever gave that', () => {
    const onDisk = { kind: 'disk', bytes: 1_024 * MIB, ageMs: 86_400_000 };
    expect(logOf(file({ log: { kind: 'disk' } }))).toMatchObject(onDisk);
    expect(logOf({ env: { ZEROSPAN_LOG_KIND: 'disk' } })).toMatchObject(onDisk);
    expect(logOf({ flags: new Map([['log.kind', 'disk']]) })).toMatchObject(onDisk);
    expect(logOf({})).toMatchObject({ kind: 'memory', bytes: 64 * MIB, ageMs: 600_000 });
  });

  it('give way to what is given', () => {
    expect(logOf(file({ log: { kind: 'disk', bytes: 5 * MIB, ageMs: 0 } }))).toMatchObject({
      bytes: 5 * MIB,
      ageMs: 0,
    });
  });

  it('are lowered to the setting that bounds them', () => {
    expect(logOf(file({ log: { kind: 'disk', bytes: 1_000 } })).hotBytes).toBe(1_000);
    expect(logOf(file({ log: { kind: 'disk' } })).hotBytes).toBe(64 * MIB);
  });

  it('are shown to operators as what holds where the setting is not given', () => {
    const kind = { log: { kind: 'disk', bytes: 1_000 } };
    expect(shownOf('log.bytes', file(kind))).toEqual([1_000, 1_024 * MIB, 'file']);
    expect(shownOf('log.ageMs', file(kind))).toEqual([86_400_000, 86_400_000, 'default']);
    expect(shownOf('log.hotBytes', file(kind))).toEqual([1_000, 1_000, 'default']);
    expect(shownOf('log.kind', file(kind))).toEqual(['disk', 'memory', 'file']);
  });

  it('are shown so of settings that nobody has read', () => {
    const { settings } = readSettings(file({ log: { kind: 'disk' } }));
    const { settings: all } = effectiveSettings(settings, {
      given: undefined,
      ownServer: true,
      secretVariable: undefined,
    });
    const options = all.filter(({ source }) => source === 'option');
    expect(options.map(({ setting }) => setting)).toEqual(['log.kind']);
  });

  it('depend only on settings that come before them', () => {
    const paths = SETTINGS.map(({ path }) => path);
    for (const { path, otherDefaults = [], atMost } of SETTINGS) {
      const others = otherDefaults.flatMap(({ when }) => (when === 'serve' ? [] : [when.setting]));
      for (const other of [...others, ...(atMost === undefined ? [] : [atMost])])
        expect(paths.slice(0, paths.indexOf(path)), path).toContain(other);
    }
  });
});

describe('a setting that another one bounds', () => {
  it('is refused above it, with both and what to do', () => {
    const read = () => logOf({ ...file({ log: { bytes: 1_000 } }), env: { ZEROSPAN_LOG_HOT_BYTES: '1001' } });
    expect(read).toThrow(
      /^log\.hotBytes \(ZEROSPAN_LOG_HOT_BYTES\): expected at most 1000, which is log\.bytes, got 1001; lower it, or raise log\.bytes$/,
    );
  });

  it('may be equal', () => {
    expect(logOf(file({ log: { bytes: 1_000, hotBytes: 1_000 } })).hotBytes).toBe(1_000);
  });
});

describe('defaults of who opens a server', () => {
  it('keep the log of zerospan serve on disk, and that of an application in memory', () => {
    expect(logOf({ opener: 'serve' })).toMatchObject({ kind: 'disk', bytes: 1_024 * MIB, ageMs: 86_400_000 });
    expect(logOf({ opener: 'application' })).toMatchObject({ kind: 'memory', bytes: 64 * MIB });
    expect(logOf({ opener: 'serve', env: { ZEROSPAN_LOG_KIND: 'memory' } })).toMatchObject({
      kind: 'memory',
      bytes: 64 * MIB,
    });
    expect(shownOf('log.kind', { opener: 'serve', env: { ZEROSPAN_LOG_KIND: 'memory' } })).toEqual([
      'memory',
      'disk',
      'environment',
    ]);
  });
});
