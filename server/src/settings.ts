import { LIMITS } from '@zerospan/shared';
import Type from 'typebox';
import { accessSettings, limitSettings } from './settings-access.ts';
import { authSettings } from './settings-auth.ts';
import { bytes, type Words, words } from './settings-words.ts';

/** A port number from 0 to 65535: ZeroMQ takes a larger one and binds what is left of it after 16 bits. */
const PORT = '(?:6553[0-5]|655[0-2]\\d|65[0-4]\\d{2}|6[0-4]\\d{3}|[1-5]\\d{4}|[1-9]\\d{0,3})';
const HOST = '(?:\\[[0-9A-Fa-f:.]+\\]|[^\\s/:\\[\\]]+)';
const BOUND = `tcp://${HOST}:(?:\\*|0|${PORT})|ipc://\\S+`;

/** A key of CURVE in Z85. */
const KEY = '[0-9A-Za-z.\\-:+=^!/*?&<>()\\[\\]{}@%$#]{40}';

const boundAddress =
  'an address to bind, such as tcp://127.0.0.1:5555, tcp://127.0.0.1:* (any free port) or ipc:///run/bus';

/** Every setting of the server: its type, bounds, default and meaning. Flags, environment and help are made from it. */
export const SettingsSchema = Type.Object({
  host: Type.String(
    words({
      minLength: 1,
      default: '127.0.0.1',
      value: 'host',
      expects: 'a host name or an IP address',
      description:
        'Where the page and the WebSocket listen. Anything but loopback wants authentication, origins, and TLS or a proxy; without, the start is refused.',
    }),
  ),
  port: Type.Integer(
    words({
      minimum: 0,
      maximum: 65_535,
      default: 8080,
      value: 'port',
      expects: 'a whole number from 0 to 65535',
      description: 'TCP port of the page and the WebSocket. 0: any free port.',
    }),
  ),
  ...accessSettings,
  bus: Type.Object({
    address: Type.String(
      words({
        pattern: `^(?:${BOUND})$`,
        default: 'tcp://127.0.0.1:5555',
        value: 'address',
        expects: boundAddress,
        description:
          'ZeroMQ address that is bound for native subscribers to connect to. Port * or 0: any free one.',
      }),
    ),
    ingress: Type.String(
      words({
        pattern: `^(?:none|${BOUND})$`,
        default: 'tcp://127.0.0.1:5556',
        value: 'address',
        expects: `none, or ${boundAddress}`,
        description: 'ZeroMQ address that is bound for native publishers that connect. none: turned off.',
      }),
    ),
    sources: Type.Array(
      Type.String({ pattern: `^(?:tcp://${HOST}:${PORT}|ipc://\\S+)$` }),
      words({
        default: [] as string[],
        value: 'address',
        flag: 'bus-source',
        expects: 'addresses to connect to, such as tcp://127.0.0.1:5555',
        description:
          'ZeroMQ addresses of native publishers that bind, which are connected to. None: nothing is connected to.',
      }),
    ),
    sourceKeys: Type.Array(
      Type.String({ pattern: `^(?:none|${KEY})$` }),
      words({
        default: [] as string[],
        value: 'key',
        flag: 'bus-source-key',
        expects: 'public keys of CURVE (40 digits of Z85), or none, one for each of bus.sources',
        description:
          'Public keys of the sources, in the order of bus.sources, which are then connected to with CURVE and the key of bus.curveKey; none for one without CURVE. None at all: no source has CURVE.',
      }),
    ),
    curveKey: Type.String(
      words({
        default: '',
        value: 'file',
        expects: 'the name of a file',
        description:
          "File with this server's own secret key of CURVE (zerospan curve makes one); only its owner may read it. Every bound ZeroMQ address then asks for a listed key. Empty: no CURVE.",
      }),
    ),
    curveClients: Type.String(
      words({
        default: '',
        value: 'file',
        expects: 'the name of a file',
        description:
          'File with the public keys of the ZeroMQ clients that are let in, one a line; changes hold for whoever comes next. Needed with bus.curveKey.',
      }),
    ),
    republish: Type.Boolean(
      words({
        default: true,
        expects: 'true or false',
        description: 'What comes in from ZeroMQ also goes out on bus.address.',
      }),
    ),
    maxPayloadBytes: Type.Integer(
      words({
        ...bytes(1, 16 * 1024 * 1024),
        default: LIMITS.payloadBytes,
        description:
          'Largest payload taken from ZeroMQ, in bytes, 1 at least; a larger one is dropped and counted, eight times as much disconnects its sender.',
      }),
    ),
    framing: Type.Union([Type.Literal('single'), Type.Literal('two-parts')], {
      ...words({
        default: 'single',
        value: 'framing',
        expects: 'single or two-parts',
        description:
          'How native subscribers are sent a publication: one frame "channel SP JSON", or two parts [channel, JSON].',
      }),
    }),
    highWaterMark: Type.Integer(
      words({
        minimum: 1,
        maximum: 10_000_000,
        default: 10_000,
        value: 'messages',
        expects: 'a whole number of messages from 1 to 10000000',
        description:
          'Messages that wait for one ZeroMQ peer at most; beyond it ZeroMQ drops in silence. 0 is refused: a frozen peer would take all memory.',
      }),
    ),
  }),
  log: Type.Object({
    bytes: Type.Integer(
      words({
        ...bytes(0, 2 ** 40),
        default: 64 * 1024 * 1024,
        description:
          'Bytes of publications kept for clients that come back, overhead included. 0: only the newest publication.',
      }),
    ),
    ageMs: Type.Integer(
      words({
        minimum: 0,
        maximum: 2 ** 40,
        default: 600_000,
        value: 'ms',
        expects: 'a whole number of milliseconds from 0 to 1099511627776',
        description: 'How long publications are kept, in ms. 0: as long as log.bytes allows.',
      }),
    ),
    lastBytes: Type.Integer(
      words({
        ...bytes(0, 2 ** 40),
        default: 8 * 1024 * 1024,
        description:
          'Bytes kept for the last publication of each channel beyond log.bytes and log.ageMs. 0: none is kept beyond them.',
      }),
    ),
  }),
  auth: authSettings,
  limits: limitSettings,
});

/** The server's settings. `bus.ingress` is an address or `none`. */
export type Settings = Type.Static<typeof SettingsSchema>;

/** One setting as files, environment and flags name it. */
export interface Setting extends Words {
  /** As in a file, with dots: `bus.maxPayloadBytes`. */
  readonly path: string;
  /** `ZEROSPAN_BUS_MAX_PAYLOAD_BYTES`. */
  readonly env: string;
  /** Without dashes: `bus-max-payload-bytes`. */
  readonly flagName: string;
  readonly kind: 'string' | 'integer' | 'boolean' | 'list';
  readonly default: unknown;
}

interface SchemaNode {
  readonly type?: string;
  readonly anyOf?: readonly SchemaNode[];
  readonly properties?: Record<string, SchemaNode>;
}

/** All settings, in the order of the schema. */
export const SETTINGS: readonly Setting[] = settingsIn(SettingsSchema as SchemaNode, '');

function settingsIn(node: SchemaNode, path: string): Setting[] {
  if (node.properties) {
    return Object.entries(node.properties).flatMap(([key, child]) =>
      settingsIn(child, path ? `${path}.${key}` : key),
    );
  }
  const leaf = node as SchemaNode & Words & { default: unknown };
  const kebab = path.replaceAll('.', '-').replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
  const types = new Set([leaf, ...(leaf.anyOf ?? [])].map(({ type }) => type));
  const kind = types.has('array')
    ? 'list'
    : types.has('integer')
      ? 'integer'
      : types.has('boolean')
        ? 'boolean'
        : 'string';
  return [
    {
      path,
      env: `ZEROSPAN_${kebab.replaceAll('-', '_').toUpperCase()}`,
      flagName: leaf.flag ?? kebab,
      kind,
      default: leaf.default,
      expects: leaf.expects,
      description: leaf.description,
      ...(leaf.value === undefined ? {} : { value: leaf.value }),
    },
  ];
}
