import { describe, expect, it } from 'vitest';
import { SETTINGS } from '../../../server/src/settings/settings.ts';
import { cureOfHost, cureOfLimit, cureOfOrigin, cureOfProxy } from '../../../server/src/web/entry/cures.ts';

describe('what an operator is shown to do', () => {
  it('about a page: the flag, or the option of the plugin', () => {
    expect(cureOfOrigin('http://localhost:5173', 'flag')).toBe(
      'To admit this page: --origin http://localhost:5173',
    );
    expect(cureOfOrigin('http://localhost:5173', 'option')).toBe(
      "To admit this page: origins: ['http://localhost:5173']",
    );
  });

  it.each(['null', 'chrome-extension://abc', 'http://a.example; rm -rf /', "http://a']", '--insecure'])(
    'about a page of %s: no line to copy',
    (origin) => {
      expect(cureOfOrigin(origin, 'flag')).not.toContain('--');
      expect(cureOfOrigin(origin, 'option')).not.toContain('origins');
    },
  );

  it('about a name that leads here: the origin of its pages', () => {
    expect(cureOfHost('My-Box:8080', false, 'flag')).toBe(
      'If this name is yours: --origin http://my-box:8080',
    );
    expect(cureOfHost('my-box', true, 'flag')).toContain('--origin https://my-box');
    for (const host of [undefined, '', 'a b', 'a/b'])
      expect(cureOfHost(host, false, 'flag')).not.toContain('--');
  });

  it('about a limit and a proxy: settings that there are', () => {
    const flags = SETTINGS.map(({ flagName }) => flagName);
    for (const limit of ['connections', 'connectionsPerAddress', 'handshakesPerS']) {
      const [, flag] = /--(\S+) N/.exec(cureOfLimit(limit, '', 'flag')) ?? [];
      expect(flags).toContain(flag);
      expect(SETTINGS.map(({ path }) => path)).toContain(`limits.${limit}`);
    }
    expect(cureOfLimit('connectionsPerAddress', '192.0.2.1', 'flag')).toContain('--behind-proxy 192.0.2.1');
    expect(cureOfLimit('connections', '', 'option')).toBe('To admit more: limits: { connections: N }');
    expect(cureOfProxy('192.0.2.1')).toContain('--behind-proxy 192.0.2.1');
    expect(flags).toContain('behind-proxy');
  });
});
