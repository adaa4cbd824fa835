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
  waitingBytes: Type.Integer(
    words({
      ...bytes(1024 * 1024, 64 * 1024 * 1024 * 1024),
      default: 64 * 1024 * 1024,
      description:
        'Bytes that wait for one ZeroMQ peer at most, 1 MiB at least; 0 is refused. Where bus.highWaterMark of the ' +
        'messages sent could be more, the mark is lowered: native subscribers are disconnected once, and connect again.',
    }),
  ),
  topicBytes: Type.Integer(
    words({
      ...bytes(65_536, 1024 * 1024 * 1024),
      default: 1024 * 1024,
      description:
        'Bytes of topics that native subscribers hold together at most, each distinct one with 16 more, 64 KiB at ' +
        'least; 0 is refused. ZeroMQ takes up to 100 times as much memory for them. Beyond it all native subscribers ' +
        'are disconnected.',
    }),
  ),
});
