import * as Type from '../schema.ts';
import { accessSettings } from './themes/access.ts';
import { authSettings } from './themes/auth.ts';
import { busSettings } from './themes/bus.ts';
import { limitSettings } from './themes/limits.ts';
import { logSettings } from './themes/log.ts';
import { natsSettings } from './themes/nats.ts';
import { type Words, words } from './words.ts';

/** Every setting of the server: its type, bounds, default and meaning. Flags, environment and help are made from it. */
export const SettingsSchema = Type.Object({
  host: Type.String(
    words({
      minLength: 1,
      default: '127.0.0.1',
      value: 'host',
      expects: 'a host name or an IP address',
      description:
        'Address on which the page and the WebSocket listen; localhost: on 127.0.0.1 and ::1. Anything but ' +
        'loopback requires authentication, origins, and TLS or a proxy.',
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
  bus: busSettings,
  log: logSettings,
  nats: natsSettings,
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
  /** In the ordinary case; `defaultOf` knows the others. */
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
      ...(leaf.otherDefaults === undefined ? {} : { otherDefaults: leaf.otherDefaults }),
      ...(leaf.atMost === undefined ? {} : { atMost: leaf.atMost }),
    },
  ];
}
