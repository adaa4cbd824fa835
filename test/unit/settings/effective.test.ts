import { describe, expect, it } from 'vitest';
import { effectiveSettings, type SettingsOrigin } from '../../../server/src/settings/effective.ts';
import { readSettings, type SettingSources } from '../../../server/src/settings/read.ts';
import { SETTINGS } from '../../../server/src/settings/settings.ts';

function effective(sources: SettingSources, origin: Partial<SettingsOrigin> = {}) {
  const { settings, given } = readSettings(sources);
  const all = effectiveSettings(settings, { given, ownServer: true, secretVariable: undefined, ...origin });
  return new Map(all.settings.map((each) => [each.setting, each]));
}

describe('the settings that a server runs with', () => {
  it('are all there, with their defaults and what they mean', () => {
    const all = effective({});
    expect([...all.keys()]).toEqual(SETTINGS.map(({ path }) => path));
    expect([...all.values()].filter(({ source }) => source !== 'default')).toEqual([]);
    expect(all.get('port')).toEqual({
      setting: 'port',
      value: 8080,
      source: 'default',
      default: 8080,
      description: expect.stringContaining('0: any free port'),
    });
  });

  it('name the file, the variable or the flag that gave them, also where it gave the default', () => {
    const all = effective({
      file: { name: 'bus.yaml', content: { port: 8080, log: { ageMs: 1 } } },
      env: { ZEROSPAN_HOST: 'localhost', ZEROSPAN_ORIGINS: 'http://a,http://b' },
      flags: new Map([['bus.sources', ['tcp://127.0.0.1:1']]]),
    });
    const of = (path: string) => {
      const { value, source, from } = all.get(path) ?? {};
      return [value, source, from];
    };
    expect(of('port')).toEqual([8080, 'file', 'bus.yaml']);
    expect(of('log.ageMs')).toEqual([1, 'file', 'bus.yaml']);
    expect(of('host')).toEqual(['localhost', 'environment', 'ZEROSPAN_HOST']);
    expect(of('origins')).toEqual([['http://a', 'http://b'], 'environment', 'ZEROSPAN_ORIGINS']);
    expect(of('bus.sources')).toEqual([['tcp://127.0.0.1:1'], 'flag', '--bus-source']);
    expect(of('limits.channels')).toEqual([100_000, 'default', undefined]);
  });

  it('of a plugin are options, without what is the application’s own', () => {
    const content = { limits: { channels: 5 } };
    const all = effective({ file: { name: 'options', content, isOptions: true } }, { ownServer: false });
    expect(all.get('limits.channels')).toMatchObject({ value: 5, source: 'option' });
    expect(all.get('limits.channels')).not.toHaveProperty('from');
    expect(['host', 'port', 'tls.key', 'tls.cert', 'behindProxy'].filter((path) => all.has(path))).toEqual(
      [],
    );
  });

  it('that nobody has read are options where they are no defaults', () => {
    const { settings } = readSettings();
    const all = effectiveSettings(
      { ...settings, port: 0 },
      { given: undefined, ownServer: true, secretVariable: undefined },
    );
    const options = all.settings.filter(({ source }) => source !== 'default');
    expect(options.map(({ setting, source }) => [setting, source])).toEqual([['port', 'option']]);
  });

  it('show no secret, and of an address neither a password nor a query', () => {
    const all = effective(
      { flags: new Map([['auth.jwksUrl', 'https://user:pass@keys.example/jwks?key=abc#x']]) },
      { secretVariable: 'ZEROSPAN_AUTH_SECRET' },
    );
    expect(all.get('auth.jwksUrl')).toMatchObject({ value: 'https://…@keys.example/jwks?…' });
    expect(all.get('ZEROSPAN_AUTH_SECRET')).toMatchObject({ value: null, source: 'environment' });
  });
});
