import * as Type from '../../schema.ts';
import { words } from '../words.ts';

/** Settings of who may come in, and over what. What they need of each other is judged by `safety.ts`. */
export const accessSettings = {
  origins: Type.Array(
    // Just what a browser sends as Origin: no path, no default port, no capitals.
    Type.String({ pattern: '^https?://(?:[0-9a-z_.-]+|\\[[0-9a-f:.]+\\])(?::[1-9]\\d{0,4})?$' }),
    words({
      default: [] as string[],
      value: 'origin',
      flag: 'origin',
      expects:
        'origins as a browser names them, with http:// or https:// and without a path or a slash at the end, ' +
        'such as https://app.example or http://localhost:5173',
      description:
        "Pages that may connect beside the server's own on loopback, each exactly as its browser sends its " +
        'origin.',
    }),
  ),
  tls: Type.Object({
    key: Type.String(
      words({
        default: '',
        value: 'file',
        expects: 'the name of a file',
        description:
          'File with the private key for HTTPS and WSS, in PEM; only its owner may read it (mode 600). Empty: ' +
          'no TLS of its own.',
      }),
    ),
    cert: Type.String(
      words({
        default: '',
        value: 'file',
        expects: 'the name of a file',
        description:
          'File with the certificate and its chain for HTTPS and WSS, in PEM. On SIGHUP the server reads it and ' +
          'the key again. Empty: no TLS of its own.',
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
        'Addresses of the proxies in front of this server, which do TLS and name their clients; also on ' +
        'loopback, it then requires what a reachable server requires. None: X-Forwarded-… is ignored.',
    }),
  ),
  insecure: Type.Boolean(
    words({
      default: false,
      expects: 'true or false',
      description:
        'Starts the server although it lacks what is required beyond loopback: everybody who reaches it may ' +
        'read and put. For demos.',
    }),
  ),
};
