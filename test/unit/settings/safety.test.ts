import { describe, expect, it } from 'vitest';
import { isLocalAddress, isLoopback } from '../../../server/src/loopback.ts';
import { readSettings, SettingsError } from '../../../server/src/settings/read.ts';
import {
  checkSafety,
  hintsOf,
  isReachable,
  lacks,
  lineOf,
  type Reach,
} from '../../../server/src/settings/safety.ts';

const guarded = {
  host: '0.0.0.0',
  origins: ['https://app.example'],
  tls: { key: 'key.pem', cert: 'cert.pem' },
};
const CURVE = { curveKey: 'bus.key', curveClients: 'clients.keys' };

type Changes = Partial<Omit<Reach, 'bus'>> & { bus?: Partial<Reach['bus']> };

/** What is missing, in short. */
function missing({ bus = {}, ...changes }: Changes, hasAuthentication = true): string[] {
  const { settings } = readSettings();
  const reach = { ...settings, ...changes, bus: { ...settings.bus, ...bus } };
  return lacks(reach, hasAuthentication).map(
    ({ setting, value, missing: what }) => `${setting} ${value}: ${what}`,
  );
}

describe('a start', () => {
  it.each<[string, Changes, boolean, string[]]>([
    ['on loopback needs nothing', {}, false, []],
    ['on localhost needs nothing', { host: 'localhost' }, false, []],
    ['on ::1 needs nothing', { host: '::1' }, false, []],
    [
      'on loopback with a proxy before it needs what others than this machine could pass',
      { behindProxy: ['127.0.0.1', '10.0.0.5'] },
      false,
      [
        'behindProxy 127.0.0.1, 10.0.0.5: authentication',
        'behindProxy 127.0.0.1, 10.0.0.5: an exact list of origins',
      ],
    ],
    [
      'on loopback with a proxy, authentication and origins is allowed: the proxy does TLS',
      { behindProxy: ['127.0.0.1'], origins: ['https://app.example'] },
      true,
      [],
    ],
    [
      'on all addresses needs three things',
      { host: '0.0.0.0' },
      false,
      ['host 0.0.0.0: authentication', 'host 0.0.0.0: an exact list of origins', 'host 0.0.0.0: TLS'],
    ],
    ['with the three is allowed', guarded, true, []],
    ['without authentication alone is not', guarded, false, ['host 0.0.0.0: authentication']],
    [
      'without origins alone is not',
      { ...guarded, origins: [] },
      true,
      ['host 0.0.0.0: an exact list of origins'],
    ],
    ['without TLS alone is not', { ...guarded, tls: { key: '', cert: '' } }, true, ['host 0.0.0.0: TLS']],
    [
      'with a key and no certificate is not',
      { ...guarded, tls: { key: 'k', cert: '' } },
      true,
      ['host 0.0.0.0: TLS'],
    ],
    [
      'with a proxy in place of TLS is allowed',
      { ...guarded, tls: { key: '', cert: '' }, behindProxy: ['10.0.0.0/8'] },
      true,
      [],
    ],
    [
      'on a name that is not loopback is judged as open',
      { ...guarded, host: 'localhost.example' },
      false,
      ['host localhost.example: authentication'],
    ],
    [
      'with ZeroMQ on all addresses needs CURVE',
      { bus: { address: 'tcp://*:5555' } },
      true,
      ['bus.address tcp://*:5555: CURVE'],
    ],
    [
      'with a public ingress needs CURVE',
      { bus: { ingress: 'tcp://0.0.0.0:5556' } },
      true,
      ['bus.ingress tcp://0.0.0.0:5556: CURVE'],
    ],
    [
      'with ZeroMQ and CURVE is allowed',
      { bus: { address: 'tcp://*:5555', ingress: 'tcp://10.1.1.1:1', ...CURVE } },
      true,
      [],
    ],
    [
      'with a key and no list of clients is not',
      { bus: { address: 'tcp://*:5555', curveKey: 'k' } },
      true,
      ['bus.address tcp://*:5555: CURVE'],
    ],
    [
      'with a source elsewhere needs the key of it',
      { bus: { sources: ['tcp://10.0.0.1:5555', 'tcp://127.0.0.1:1'] } },
      true,
      ['bus.sources tcp://10.0.0.1:5555: CURVE'],
    ],
    [
      'with the key of one of two sources elsewhere needs the other',
      { bus: { sources: ['tcp://10.0.0.1:1', 'tcp://10.0.0.2:1'], sourceKeys: ['K', 'none'], ...CURVE } },
      true,
      ['bus.sources tcp://10.0.0.2:1: CURVE'],
    ],
    [
      'over sockets of this machine needs nothing',
      { bus: { address: 'ipc:///run/bus', ingress: 'none', sources: ['ipc:///run/x'] } },
      false,
      [],
    ],
  ])('%s', (_, changes, hasAuthentication, expected) => {
    expect(missing(changes, hasAuthentication)).toEqual(expected);
  });

  it('that is refused names each thing that is missing, how it is given, and the way around', () => {
    const { settings } = readSettings();
    const open = { ...settings, host: '::', bus: { ...settings.bus, address: 'tcp://*:1' } };
    const refusal = (): unknown => checkSafety(open, lacks(open, false));
    expect(refusal).toThrow(SettingsError);
    for (const words of [
      'host :: requires authentication. Give --auth-key FILE',
      'ZEROSPAN_AUTH_SECRET',
      'host :: requires an exact list of origins. Give --origin',
      'host :: requires TLS. Give --tls-key FILE with --tls-cert FILE, or --behind-proxy RANGE',
      'bus.address tcp://*:1 requires CURVE. Give --bus-curve-key',
      '--insecure',
    ])
      expect(refusal).toThrow(words);
  });

  it('with insecure goes on, and reports to the operator what is missing, others without addresses', () => {
    const { settings } = readSettings();
    const sources = ['tcp://10.0.0.1:1', 'tcp://10.0.0.2:1'];
    const open = { ...settings, host: '0.0.0.0', insecure: true, bus: { ...settings.bus, sources } };
    const found = lacks(open, false);
    checkSafety(open, found);
    expect(found.map(lineOf)).toEqual([
      'host 0.0.0.0: no authentication',
      'host 0.0.0.0: no exact list of origins',
      'host 0.0.0.0: no TLS',
      'bus.sources tcp://10.0.0.1:1: no CURVE',
      'bus.sources tcp://10.0.0.2:1: no CURVE',
    ]);
    expect(hintsOf(found)).toEqual([
      'host: no authentication',
      'host: no exact list of origins',
      'host: no TLS',
      'bus.sources: no CURVE',
    ]);
    expect(lacks({ ...settings, insecure: true }, false)).toEqual([]);
  });
});

it.each<[string, string[], boolean]>([
  ['127.0.0.1', [], false],
  ['localhost', [], false],
  ['127.0.0.1', ['127.0.0.1'], true],
  ['::1', ['10.0.0.0/8'], true],
  ['0.0.0.0', [], true],
])('a server on %s behind %j can be reached by others: %s', (host, behindProxy, expected) => {
  expect(isReachable({ host, behindProxy })).toBe(expected);
});

describe('loopback', () => {
  it.each([
    '127.0.0.1',
    '127.255.1.2',
    'localhost',
    'LOCALHOST',
    '::1',
    '[::1]',
    '0:0:0:0:0:0:0:1',
    '::ffff:127.0.0.1',
  ])('is %s', (host) => {
    expect(isLoopback(host)).toBe(true);
  });

  it.each([
    '0.0.0.0',
    '::',
    '[::]',
    '*',
    '',
    '127.1',
    '127.0.0.1.example',
    'localhost.',
    'localhost.example',
    'my.localhost',
    '128.0.0.1',
    '::2',
    '::ffff:10.0.0.1',
    '10.0.0.1',
    'host.example',
    '0177.0.0.1',
    '2130706433',
    '127.0.0.256',
  ])('is not %s', (host) => {
    expect(isLoopback(host)).toBe(false);
  });

  it.each(['tcp://127.0.0.1:*', 'tcp://[::1]:5555', 'tcp://localhost:1', 'ipc:///run/bus', 'none'])(
    'is where %s leads',
    (address) => {
      expect(isLocalAddress(address)).toBe(true);
    },
  );

  it.each([
    'tcp://*:5555',
    'tcp://0.0.0.0:1',
    'tcp://[::]:1',
    'tcp://eth0:1',
    'tcp://10.0.0.1:1',
    'tcp://127.0.0.1.example:1',
  ])('is not where %s leads', (address) => {
    expect(isLocalAddress(address)).toBe(false);
  });
});
