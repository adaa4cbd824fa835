import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  parseSettings,
  readSettings,
  type SettingSources,
  SettingsError,
} from '../../../server/src/settings/read.ts';
import { SETTINGS } from '../../../server/src/settings/settings.ts';

const file = (text: string, name = 'zerospan.yaml') => ({ file: { name, content: parse(text) as unknown } });

function faultOf(sources: SettingSources): string {
  try {
    readSettings(sources);
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    expect(error).toMatchObject({ exitCode: 2 });
    return (error as SettingsError).message;
  }
  throw new Error('the settings were taken');
}

describe('settings', () => {
  it('have defaults for everything, on loopback', () => {
    expect(readSettings()).toEqual({
      settings: {
        host: '127.0.0.1',
        port: 8080,
        origins: [],
        tls: { key: '', cert: '' },
        behindProxy: [],
        insecure: false,
        bus: {
          address: 'tcp://127.0.0.1:5555',
          ingress: 'tcp://127.0.0.1:5556',
          sources: [],
          sourceKeys: [],
          curveKey: '',
          curveClients: '',
          republish: true,
          maxPayloadBytes: 65_536,
          framing: 'single',
          highWaterMark: 10_000,
          waitingBytes: 67_108_864,
          topicBytes: 1_048_576,
        },
        log: {
          kind: 'memory',
          directory: '.zerospan',
          sync: 'group',
          bytes: 67_108_864,
          ageMs: 600_000,
          lastBytes: 8_388_608,
          hotBytes: 67_108_864,
        },
        nats: {
          servers: ['nats://127.0.0.1:4222'],
          credentials: '',
          tlsCa: '',
          tlsCert: '',
          tlsKey: '',
          stream: 'zerospan',
          replicas: 1,
        },
        auth: {
          keys: [],
          jwksUrl: '',
          issuer: 'zerospan',
          audience: 'zerospan',
          skewMs: 30_000,
          revocations: '',
          blindMs: 60_000,
          resumeWindowMs: 120_000,
        },
        limits: {
          connections: 10_000,
          connectionsPerUser: 20,
          connectionsPerAddress: 50,
          handshakesPerS: 1_000,
          headersMs: 8_000,
          bodyMs: 4_000,
          helloMs: 10_000,
          fragments: 1_024,
          chunks: 8_192,
          subscriptions: 128,
          filters: 1_000,
          sessionFilters: 10_000,
          putChannels: 1_000,
          putBytes: 'auto',
          payloadBytes: 65_536,
          depth: 128,
          replays: 8,
          replayEntriesPerS: 'auto',
          confirms: 64,
          filtersPerUser: 100_000,
          putsPerS: 'auto',
          putBurst: 1_000,
          putsInFlight: 256,
          putBytesPerS: 'auto',
          putBurstBytes: 'auto',
          receiptBytes: 20_971_520,
          journalBytes: 8_388_608,
          channels: 100_000,
          rememberedPuts: 200_000,
        },
      },
      given: new Map(),
    });
  });

  it('are taken from the file, over it the environment, over it flags', () => {
    const sources = {
      ...file('port: 1\nhost: a\nbus: { highWaterMark: 1, maxPayloadBytes: 1 }\n'),
      env: { ZEROSPAN_PORT: '2', ZEROSPAN_BUS_HIGH_WATER_MARK: '2' },
      flags: new Map([['port', '3']]),
    };
    const { settings } = readSettings(sources);
    expect(settings).toMatchObject({
      host: 'a',
      port: 3,
      bus: { highWaterMark: 2, maxPayloadBytes: 1, republish: true },
    });
  });

  it('may come from a JSON file, from an empty one, and from empty groups', () => {
    expect(readSettings(file('{"port": 0, "log": {"ageMs": 0}}')).settings).toMatchObject({
      port: 0,
      log: { ageMs: 0 },
    });
    expect(readSettings(file('')).settings).toEqual(readSettings().settings);
    expect(readSettings(file('bus:\n')).settings).toEqual(readSettings().settings);
  });

  it('take a list from the environment with commas, from a file as a list, from flags one by one', () => {
    const both = ['tcp://127.0.0.1:1', 'ipc:///run/bus'];
    expect(
      readSettings({ env: { ZEROSPAN_BUS_SOURCES: ' tcp://127.0.0.1:1, ipc:///run/bus,' } }).settings.bus
        .sources,
    ).toEqual(both);
    expect(readSettings(file(`bus: { sources: ["${both.join('", "')}"] }`)).settings.bus.sources).toEqual(
      both,
    );
    expect(readSettings({ flags: new Map([['bus.sources', both]]) }).settings.bus.sources).toEqual(both);
    expect(readSettings({ env: { ZEROSPAN_BUS_SOURCES: '' } }).settings.bus.sources).toEqual([]);
  });

  it.each([
    ['true', true],
    ['1', true],
    ['false', false],
    ['0', false],
  ])('take %s from the environment as %s', (text, value) => {
    expect(readSettings({ env: { ZEROSPAN_BUS_REPUBLISH: text } }).settings.bus.republish).toBe(value);
  });

  it.each(['bus: &a { sources: [*a] }', 'port: &a [*a]', `port: ${'['.repeat(5_000)}${']'.repeat(5_000)}`])(
    'are refused by name even where they cannot be written as JSON: %.40s',
    async (text) => {
      const content = parseSettings('z.yaml', text);
      await expect(
        content.then((each) => readSettings({ file: { name: 'z.yaml', content: each } })),
      ).rejects.toThrow(SettingsError);
    },
  );

  it('can all be set from the environment', () => {
    const lists: Record<string, string> = {
      'bus.sources': 'tcp://x:1',
      origins: 'https://app.example',
      behindProxy: '10.0.0.0/8',
    };
    const env = Object.fromEntries(
      SETTINGS.map(({ env: name, path, default: value }) => [
        name,
        lists[path] ?? (path === 'bus.sourceKeys' ? 'none' : String(value)),
      ]),
    );
    expect(readSettings({ env }).settings.bus.sources).toEqual(['tcp://x:1']);
  });

  it.each([
    'tcp://127.0.0.1:*',
    'tcp://127.0.0.1:0',
    'tcp://*:5555',
    'tcp://[::1]:5555',
    'tcp://host.example:65535',
    'ipc:///run/bus',
  ])('take the address %s to bind', (address) => {
    const env = { ZEROSPAN_BUS_ADDRESS: address, ZEROSPAN_BUS_INGRESS: address };
    expect(readSettings({ env }).settings.bus).toMatchObject({ address, ingress: address });
  });

  it.each([
    ['ZEROSPAN_PORT', '65536', 'a whole number from 0 to 65535'],
    ['ZEROSPAN_PORT', '80.5', 'a whole number from 0 to 65535'],
    ['ZEROSPAN_PORT', '', 'a whole number from 0 to 65535'],
    ['ZEROSPAN_HOST', '', 'a host name'],
    ['ZEROSPAN_BUS_ADDRESS', 'none', 'an address to bind'],
    ['ZEROSPAN_BUS_ADDRESS', '127.0.0.1:5555', 'an address to bind'],
    // libzmq binds port 34463 for it, without a word.
    ['ZEROSPAN_BUS_ADDRESS', 'tcp://127.0.0.1:99999', 'an address to bind'],
    ['ZEROSPAN_BUS_INGRESS', 'off', 'none, or an address to bind'],
    ['ZEROSPAN_BUS_SOURCES', 'tcp://127.0.0.1:1,tcp://127.0.0.1:*', 'addresses to connect to'],
    ['ZEROSPAN_BUS_REPUBLISH', 'maybe', 'true or false'],
    ['ZEROSPAN_BUS_FRAMING', 'triple', 'single or two-parts'],
    ['ZEROSPAN_BUS_HIGH_WATER_MARK', '0', 'a whole number of messages from 1'],
    ['ZEROSPAN_BUS_MAX_PAYLOAD_BYTES', '64k', 'a whole number of bytes from 1'],
    ['ZEROSPAN_LOG_BYTES', '-1', 'a whole number of bytes from 0'],
    ['ZEROSPAN_LOG_KIND', 'file', 'memory, disk or jetstream'],
    ['ZEROSPAN_LOG_DIRECTORY', '', 'the name of a folder'],
    ['ZEROSPAN_LOG_SYNC', 'never', 'group, interval or os'],
    ['ZEROSPAN_AUTH_JWKS_URL', 'http://issuer.example/keys', 'an https address, or http on loopback'],
    ['ZEROSPAN_AUTH_JWKS_URL', 'http://127.0.0.1.example/keys', 'an https address, or http on loopback'],
    ['ZEROSPAN_AUTH_JWKS_URL', 'http://localhost@issuer.example/', 'an https address, or http on loopback'],
    ['ZEROSPAN_AUTH_JWKS_URL', 'file:///etc/keys', 'an https address, or http on loopback'],
    ['ZEROSPAN_AUTH_ISSUER', '', 'a text'],
    ['ZEROSPAN_AUTH_SKEW_MS', '60001', 'a whole number of milliseconds from 0 to 60000'],
    ['ZEROSPAN_ORIGINS', '*', 'origins as a browser names them'],
    ['ZEROSPAN_ORIGINS', 'null', 'origins as a browser names them'],
    ['ZEROSPAN_ORIGINS', 'https://app.example/', 'origins as a browser names them'],
    ['ZEROSPAN_ORIGINS', 'https://App.example', 'origins as a browser names them'],
    ['ZEROSPAN_ORIGINS', 'https://*.example', 'origins as a browser names them'],
    ['ZEROSPAN_ORIGINS', 'wss://app.example', 'origins as a browser names them'],
    ['ZEROSPAN_ORIGINS', 'https://me@app.example', 'origins as a browser names them'],
    ['ZEROSPAN_BEHIND_PROXY', 'true', 'addresses or ranges of addresses'],
    ['ZEROSPAN_BEHIND_PROXY', 'proxy.example', 'addresses or ranges of addresses'],
    ['ZEROSPAN_INSECURE', 'yes', 'true or false'],
    ['ZEROSPAN_LIMITS_CONNECTIONS', '0', 'a whole number of connections from 1'],
    ['ZEROSPAN_LIMITS_PUTS_PER_S', 'many', 'auto, or a whole number of puts from 0'],
  ])('refuse %s=%s, naming the path, the place and what was expected', (name, value, expected) => {
    const path = SETTINGS.find(({ env }) => env === name)?.path;
    const fault = faultOf({ env: { [name]: value } });
    expect(fault).toContain(`${path} (${name}): expected ${expected}`);
    expect(fault.split('\n')).toHaveLength(1);
  });

  it('do not show the password in an address that they refuse', () => {
    const fault = faultOf({ env: { ZEROSPAN_AUTH_JWKS_URL: 'http://me:canary@issuer.example/keys' } });
    expect(fault).toMatch(/got "http:\/\/…@issuer\.example\/keys"$/);
  });

  it('take a number where a word may stand as well', () => {
    const read = (value: string) => readSettings({ env: { ZEROSPAN_LIMITS_PUTS_PER_S: value } }).settings;
    expect([read('auto').limits.putsPerS, read('5').limits.putsPerS]).toEqual(['auto', 5]);
  });

  it('name every wrong value at once, each with where it was given', () => {
    const sources = {
      ...file('port: eighty\nbus: { republish: yes please }'),
      flags: new Map([['log.bytes', 'many']]),
    };
    expect(faultOf(sources).split('\n')).toEqual([
      'port (zerospan.yaml): expected a whole number from 0 to 65535, got "eighty"',
      'bus.republish (zerospan.yaml): expected true or false, got "yes please"',
      expect.stringMatching(/^log\.bytes \(--log-bytes\): expected a whole number of bytes .*, got "many"$/),
    ]);
  });

  it('refuse a wrong value in the file although a flag is set over nothing of it', () => {
    expect(faultOf(file('bus: { sources: tcp://127.0.0.1:1 }'))).toContain(
      'bus.sources (zerospan.yaml): expected addresses',
    );
    expect(faultOf(file('bus: { highWaterMark: null }'))).toContain('bus.highWaterMark (zerospan.yaml)');
  });

  it.each([
    ['- a', 'expected settings by name'],
    ['hello', 'expected settings by name'],
    ['bus: 5', 'bus (zerospan.yaml): expected settings by name, got 5'],
  ])('refuse a file that holds no settings: %s', (text, words) => {
    expect(faultOf(file(text))).toContain(words);
  });

  it('that are undefined in the options of the plugin are left out: the default holds', () => {
    const content = { bus: { address: undefined, republish: false }, log: undefined };
    const { settings } = readSettings({ file: { name: 'options', content } });
    expect(settings.bus).toMatchObject({ address: 'tcp://127.0.0.1:5555', republish: false });
  });

  it('are read from YAML and from JSON, and from nothing else', async () => {
    expect(await parseSettings('a', 'bus:\n  republish: false')).toEqual({ bus: { republish: false } });
    expect(await parseSettings('a', '{"bus":{"republish":false}}')).toEqual({ bus: { republish: false } });
    await expect(parseSettings('a.yaml', '{')).rejects.toThrow(/^a\.yaml is neither YAML nor JSON: /);
    await expect(parseSettings('a.yaml', '{')).rejects.toBeInstanceOf(SettingsError);
  });

  it.each([
    ['bus: { adress: x }', 'zerospan.yaml: unknown setting bus.adress; did you mean bus.address?'],
    ['prot: 1', 'zerospan.yaml: unknown setting prot; did you mean port?'],
    ['logs: { bytes: 1 }', 'zerospan.yaml: unknown setting logs; did you mean log?'],
    ['bus: { Republish: true }', 'zerospan.yaml: unknown setting bus.Republish; did you mean bus.republish?'],
    ['somethingQuiteDifferent: 1', 'zerospan.yaml: unknown setting somethingQuiteDifferent'],
    ['__proto__: { port: 1 }', 'zerospan.yaml: unknown setting __proto__'],
  ])('refuse a key that is unknown, with the nearest: %s', (text, words) => {
    expect(faultOf(file(text))).toBe(words);
  });

  it('refuse unknown names and wrong values in one message, wherever they were given', () => {
    const sources = { ...file('bus: { adress: x }\nport: -1\n'), env: { ZEROSPAN_LOGS: '1' } };
    expect(faultOf(sources).split('\n')).toEqual([
      'zerospan.yaml: unknown setting bus.adress; did you mean bus.address?',
      expect.stringMatching(/^unknown setting ZEROSPAN_LOGS in the environment/),
      'port (zerospan.yaml): expected a whole number from 0 to 65535, got -1',
    ]);
  });

  it('ignore keys of a file that the operator marks as own ones', () => {
    const text = 'x-bytes: &bytes 4096\nx-note: { any: thing }\nlog: { bytes: *bytes }\n';
    expect(readSettings(file(text)).settings.log.bytes).toBe(4_096);
    expect(faultOf(file('bus: { x-note: 1 }'))).toContain('bus.x-note');
  });

  it('refuse variables that are unknown, but not those of other programs and of the tests', () => {
    const others = { PATH: '/bin', ZEROSPAN_TEST_REQUIRE: 'all', ZEROSPAN_AUTH_SECRET: 's' };
    readSettings({ env: others });
    expect(faultOf({ env: { ...others, ZEROSPAN_BUS_SOURCE: 'x' } })).toBe(
      'unknown setting ZEROSPAN_BUS_SOURCE in the environment; did you mean ZEROSPAN_BUS_SOURCES?',
    );
  });

  it('ignore what Kubernetes sets for a service of this name', () => {
    const env = {
      ZEROSPAN_SERVICE_HOST: '10.0.0.1',
      ZEROSPAN_SERVICE_PORT: '8080',
      ZEROSPAN_SERVICE_PORT_HTTP: '8080',
      ZEROSPAN_PORT: 'tcp://10.0.0.1:8080',
      ZEROSPAN_PORT_8080_TCP: 'tcp://10.0.0.1:8080',
      ZEROSPAN_PORT_8080_TCP_PROTO: 'tcp',
      ZEROSPAN_PORT_8080_TCP_PORT: '8080',
      ZEROSPAN_PORT_8080_TCP_ADDR: '10.0.0.1',
      ZEROSPAN_EDGE_SERVICE_HOST: '10.0.0.2',
      ZEROSPAN_EDGE_PORT: 'tcp://10.0.0.2:80',
    };
    expect(readSettings({ env })).toEqual(readSettings());
    expect(faultOf({ env: { ZEROSPAN_HTTP_PORT: '8080' } })).toContain('unknown setting ZEROSPAN_HTTP_PORT');
  });

  it('do not share their defaults', () => {
    readSettings().settings.bus.sources.push('x');
    expect(readSettings().settings.bus.sources).toEqual([]);
  });

  it('say of each what it means, in which unit, and what zero or none does', () => {
    for (const { description, expects, kind, path, default: value } of SETTINGS) {
      expect(description, path).toMatch(/\.$/);
      expect(expects, path).not.toBe('');
      expect(value, path).toBeDefined();
      if (kind === 'integer' && path !== 'bus.maxPayloadBytes') expect(description, path).toMatch(/\b0\b/);
    }
  });
});
