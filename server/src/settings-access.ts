import Type from 'typebox';
import { whole, words } from './settings-words.ts';

/** Settings of who may come in, and over what. What they need of each other is judged by `safety.ts`. */
export const accessSettings = {
  origins: Type.Array(
    // Just what a browser sends as Origin: no path, no default port, no capitals.
    Type.String({ pattern: '^https?://(?:[0-9a-z_.-]+|\\[[0-9a-f:.]+\\])(?::[1-9]\\d{0,4})?$' }),
    words({
      default: [] as string[],
      value: 'origin',
      flag: 'origin',
      expects: 'origins as a browser names them, such as https://app.example or https://app.example:8443',
      description:
        'Pages that may connect, each exactly as its browser names its origin. None: pages of this server itself, on loopback.',
    }),
  ),
  tls: Type.Object({
    key: Type.String(
      words({
        default: '',
        value: 'file',
        expects: 'the name of a file',
        description:
          'File with the private key for HTTPS and WSS, in PEM; only its owner may read it. Empty: no TLS of its own.',
      }),
    ),
    cert: Type.String(
      words({
        default: '',
        value: 'file',
        expects: 'the name of a file',
        description:
          'File with the certificate and its chain for HTTPS and WSS, in PEM; read again, with the key, on SIGHUP. Empty: no TLS of its own.',
      }),
    ),
  }),
  behindProxy: Type.Array(
    Type.String({ pattern: '^[0-9A-Fa-f:.]+(?:/\\d{1,3})?$' }),
    words({
      default: [] as string[],
      value: 'range',
      flag: 'behind-proxy',
      expects: 'addresses or ranges of addresses, such as 10.0.0.5 or 10.0.0.0/8',
      description:
        'Addresses of the proxies before this server, which do TLS and tell whom they speak for; also on loopback it is then guarded as one that others can reach. None: what X-Forwarded-… says is passed over.',
    }),
  ),
  insecure: Type.Boolean(
    words({
      default: false,
      expects: 'true or false',
      description:
        'Starts although what a server beyond loopback needs is missing: whoever reaches it may read and put. For demos.',
    }),
  ),
};

/** How much of what comes from outside there may be. */
export const limitSettings = Type.Object({
  connections: Type.Integer(
    words({
      ...whole(1, 1_000_000, 'connections'),
      default: 10_000,
      description: 'WebSocket connections in all; one more is answered 503. 0 is refused.',
    }),
  ),
  connectionsPerUser: Type.Integer(
    words({
      ...whole(0, 1_000_000, 'connections'),
      default: 20,
      description:
        'Connections of one user (the subject of its token), where others than this machine can reach the server. 0: as many as come.',
    }),
  ),
  connectionsPerAddress: Type.Integer(
    words({
      ...whole(0, 1_000_000, 'connections'),
      default: 50,
      description:
        'Connections from one address (with IPv6, from one network of 64 bits); one more is answered 429. Loopback is not counted. 0: as many as come.',
    }),
  ),
  handshakesPerS: Type.Integer(
    words({
      ...whole(0, 1_000_000, 'handshakes'),
      default: 1_000,
      description:
        'WebSocket handshakes a second, after four times as many at once. The next ones wait for up to 5 s; whoever would wait longer is answered 503. 0: as many as come.',
    }),
  ),
  putsPerS: Type.Union(
    [Type.Literal('auto'), Type.Integer({ minimum: 0, maximum: 1_000_000 })],
    words({
      default: 'auto',
      value: 'puts',
      expects: 'auto, or a whole number of puts from 0 to 1000000',
      description:
        'Puts a second of one connection; a client that puts faster is read more slowly. auto: 100 once there is authentication, else none. 0: as many as come.',
    }),
  ),
  putBurst: Type.Integer(
    words({
      ...whole(1, 1_000_000, 'puts'),
      default: 1_000,
      description: 'Puts of one connection at once, before limits.putsPerS holds. 0 is refused.',
    }),
  ),
  channels: Type.Integer(
    words({
      ...whole(1, 10_000_000, 'channels'),
      default: 100_000,
      description:
        'Distinct channels that the log may hold something of at a time; a put on one more is refused. 0 is refused.',
    }),
  ),
});
