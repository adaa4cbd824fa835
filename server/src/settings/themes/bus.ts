import { LIMITS } from '@zerospan/shared';
import * as Type from '../../schema.ts';
import { bytes, words } from '../words.ts';

/** A port number from 0 to 65535: ZeroMQ takes a larger one and binds what is left of it after 16 bits. */
const PORT = '(?:6553[0-5]|655[0-2]\\d|65[0-4]\\d{2}|6[0-4]\\d{3}|[1-5]\\d{4}|[1-9]\\d{0,3})';
const HOST = '(?:\\[[0-9A-Fa-f:.]+\\]|[^\\s/:\\[\\]]+)';
const BOUND = `tcp://${HOST}:(?:\\*|0|${PORT})|ipc://\\S+`;

/** A key of CURVE in Z85. */
const KEY = '[0-9A-Za-z.\\-:+=^!/*?&<>()\\[\\]{}@%$#]{40}';

const boundAddress =
  'an address to bind, such as tcp://127.0.0.1:5555, tcp://127.0.0.1:* (any free port) or ipc:///run/bus';

/** Settings of the ZeroMQ sockets. */
export const busSettings = Type.Object({
  address: Type.String(
    words({
      pattern: `^(?:${BOUND})$`,
      default: 'tcp://127.0.0.1:5555',
      value: 'address',
      expects: boundAddress,
      description:
        'ZeroMQ address that the server binds; native subscribers connect to it. Port * or 0: any free one.',
    }),
  ),
  ingress: Type.String(
    words({
      pattern: `^(?:none|${BOUND})$`,
      default: 'tcp://127.0.0.1:5556',
      value: 'address',
      expects: `none, or ${boundAddress}`,
      description: 'ZeroMQ address that the server binds; native publishers connect to it. none: turned off.',
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
        'ZeroMQ addresses of native publishers that bind; the server connects to them. Of several nodes of one bus, ' +
        'one at a time connects to each. None: it connects to nothing.',
    }),
  ),
  sourceKeys: Type.Array(
    Type.String({ pattern: `^(?:none|${KEY})$` }),
    words({
      default: [] as string[],
      value: 'key',
      flag: 'bus-source-key',
      expects: 'public CURVE keys (40 digits of Z85), or none, one for each of bus.sources',
      description:
        'Public CURVE keys of the sources, in the order of bus.sources; none for one without CURVE. The ' +
        'server connects to the others with CURVE and the key of bus.curveKey. None at all: no source has ' +
        'CURVE.',
    }),
  ),
  curveKey: Type.String(
    words({
      default: '',
      value: 'file',
      expects: 'the name of a file',
      description:
        "File with this server's secret CURVE key (zerospan curve makes one); only its owner may read it. " +
        'Every bound ZeroMQ address then requires a listed key. Empty: no CURVE.',
    }),
  ),
  curveClients: Type.String(
    words({
      default: '',
      value: 'file',
      expects: 'the name of a file',
      description:
        'File with the public keys of the ZeroMQ clients that are admitted, one a line; changes apply to new ' +
        'connections. Required with bus.curveKey.',
    }),
  ),
  republish: Type.Boolean(
    words({
      default: true,
      expects: 'true or false',
      description: 'Publications that arrive from ZeroMQ also go out on bus.address.',
    }),
  ),
  maxPayloadBytes: Type.Integer(
    words({
      ...bytes(1, 16 * 1024 * 1024),
      default: LIMITS.payloadBytes,
      description:
        'Largest payload accepted from ZeroMQ, in bytes, at least 1. The server drops and counts a larger ' +
        'one; eight times as much disconnects its sender.',
    }),
  ),
  framing: Type.Union([Type.Literal('single'), Type.Literal('two-parts')], {
    ...words({
      default: 'single',
      value: 'framing',
      expects: 'single or two-parts',
      description:
        'Framing of publications for native subscribers: one frame "channel SP JSON", or two parts [channel, JSON].',
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
        'Most messages that wait for one ZeroMQ peer; beyond it ZeroMQ drops silently. 0 is refused: a frozen ' +
        'peer would take all memory.',
    }),
  ),
  waitingBytes: Type.Integer(
    words({
      ...bytes(1024 * 1024, 64 * 1024 * 1024 * 1024),
      default: 64 * 1024 * 1024,
      description:
        'Most bytes that wait for one ZeroMQ peer, at least 1 MiB; 0 is refused. If bus.highWaterMark ' +
        'messages of the size sent could be more, the server lowers the mark: native subscribers are ' +
        'disconnected once, and reconnect.',
    }),
  ),
  topicBytes: Type.Integer(
    words({
      ...bytes(65_536, 1024 * 1024 * 1024),
      default: 1024 * 1024,
      description:
        'Most bytes of topics that native subscribers hold together, each distinct topic with 16 more, at ' +
        'least 64 KiB; 0 is refused. ZeroMQ takes up to 100 times as much memory for them. Beyond it all ' +
        'native subscribers are disconnected.',
    }),
  ),
});
