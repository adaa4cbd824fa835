import { TIMES } from '@zerospan/shared';
import * as Type from '../../schema.ts';
import { bytes, ms, whole, words } from '../words.ts';
import { sessionLimits } from './session-limits.ts';

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
  headersMs: Type.Integer(
    words({
      ...ms(100, 600_000),
      default: 8_000,
      description:
        'How long the headers of a request may take to come, and a TLS handshake, in ms; then the connection is closed. 0 is refused.',
    }),
  ),
  bodyMs: Type.Integer(
    words({
      ...ms(0, 600_000),
      default: 4_000,
      description:
        'How much longer than limits.headersMs a request may take with its body, in ms. 0: no longer.',
    }),
  ),
  helloMs: Type.Integer(
    words({
      ...ms(100, TIMES.silenceMs),
      default: TIMES.helloMs,
      description:
        'How long a client may take to say hello once it is connected, in ms; then it is closed with 4003. 0 is refused.',
    }),
  ),
  fragments: Type.Integer(
    words({
      ...whole(1, 1_000_000, 'pieces'),
      default: 1_024,
      description:
        'Pieces (WebSocket frames) of one message; a connection that sends more is closed with 1008. 0 is refused.',
    }),
  ),
  chunks: Type.Integer(
    words({
      ...whole(1, 1_000_000, 'chunks'),
      default: 8_192,
      description:
        'Chunks of TCP that wait to become one frame; a connection that sends more is closed with 1008. 0 is refused.',
    }),
  ),
  ...sessionLimits,
  filtersPerUser: Type.Integer(
    words({
      ...whole(0, 10_000_000, 'filters'),
      default: 100_000,
      description:
        'Filters of all sessions of one user together; ' +
        'where clients have no token, of all sessions from one address. ' +
        'A subscription that would make more is refused. 0: unlimited.',
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
  putBytesPerS: Type.Union(
    [Type.Literal('auto'), Type.Integer({ minimum: 0, maximum: 2 ** 40 })],
    words({
      default: 'auto',
      value: 'bytes',
      expects: `auto, or a whole number of bytes from 0 to ${2 ** 40}`,
      description:
        'Bytes of the log a second that one user may put over all its connections, counted as limits.putBytes is; ' +
        'puts beyond wait. auto: a 256th of log.bytes, 32 KiB at least, once there is authentication, else none. ' +
        '0: unlimited.',
    }),
  ),
  putBurstBytes: Type.Union(
    [Type.Literal('auto'), Type.Integer({ minimum: 1, maximum: 2 ** 40 })],
    words({
      default: 'auto',
      value: 'bytes',
      expects: `auto, or a whole number of bytes from 1 to ${2 ** 40}`,
      description:
        'Bytes of the log that one user may put at once, before limits.putBytesPerS holds; ' +
        'at least as much as limits.putBytes. auto: half of log.bytes, 4 MiB at least. 0 is refused.',
    }),
  ),
  receiptBytes: Type.Integer(
    words({
      ...bytes(2 ** 20, 2 ** 40),
      default: 20 * 1024 * 1024,
      description:
        'Memory of all puts that wait for their receipt, in bytes: ' +
        'by the sessions that have to answer, and the channels that each wants. ' +
        'One more put is refused. One user alone may have three quarters. 0 is refused.',
    }),
  ),
  channels: Type.Integer(
    words({
      ...whole(1, 10_000_000, 'channels'),
      default: 100_000,
      description:
        'Distinct channels that the log may hold something of at a time; a put on one more is refused. ' +
        'One user alone may have three quarters. 0 is refused.',
    }),
  ),
  rememberedPuts: Type.Integer(
    words({
      ...whole(1_000, 10_000_000, 'puts'),
      default: 200_000,
      description:
        'Puts, and channels of puts, that are remembered for five minutes in case they are sent again; ' +
        'older ones are forgotten earlier. One user alone may have three quarters. 0 is refused.',
    }),
  ),
});
