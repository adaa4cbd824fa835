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
      description: 'WebSocket connections in all; a further one is answered 503. 0 is refused.',
    }),
  ),
  connectionsPerUser: Type.Integer(
    words({
      ...whole(0, 1_000_000, 'connections'),
      default: 20,
      description:
        'Connections of one user (the subject of its token), if other machines can reach the server. 0: ' +
        'unlimited.',
    }),
  ),
  connectionsPerAddress: Type.Integer(
    words({
      ...whole(0, 1_000_000, 'connections'),
      default: 50,
      description:
        'Connections from one address (with IPv6, from one network of 64 bits); a further one is answered ' +
        '429. Loopback is not counted. 0: unlimited.',
    }),
  ),
  handshakesPerS: Type.Integer(
    words({
      ...whole(0, 1_000_000, 'handshakes'),
      default: 1_000,
      description:
        'WebSocket handshakes a second, after four times as many at once. Further ones wait for up to 5 s; ' +
        'those that would wait longer are answered 503. 0: unlimited.',
    }),
  ),
  headersMs: Type.Integer(
    words({
      ...ms(100, 600_000),
      default: 8_000,
      description:
        'Time for the headers of a request, and for a TLS handshake, in ms; then the connection is closed. 0 ' +
        'is refused.',
    }),
  ),
  bodyMs: Type.Integer(
    words({
      ...ms(0, 600_000),
      default: 4_000,
      description: 'Additional time for the body of a request, beyond limits.headersMs, in ms. 0: none.',
    }),
  ),
  helloMs: Type.Integer(
    words({
      ...ms(100, TIMES.silenceMs),
      default: TIMES.helloMs,
      description:
        'Time from the connection of a client to its hello, in ms; then it is closed with 4003. 0 is refused.',
    }),
  ),
  fragments: Type.Integer(
    words({
      ...whole(1, 1_000_000, 'pieces'),
      default: 1_024,
      description:
        'Fragments (WebSocket frames) of one message; a connection that sends more is closed with 1008. 0 is ' +
        'refused.',
    }),
  ),
  chunks: Type.Integer(
    words({
      ...whole(1, 1_000_000, 'chunks'),
      default: 8_192,
      description:
        'Chunks of TCP that wait to become one frame; a connection that sends more is closed with 1008. 0 is ' +
        'refused.',
    }),
  ),
  ...sessionLimits,
  filtersPerUser: Type.Integer(
    words({
      ...whole(0, 10_000_000, 'filters'),
      default: 100_000,
      description:
        'Filters of all sessions of one user together; without tokens, of all sessions from one address. A ' +
        'subscription beyond it is refused. 0: unlimited.',
    }),
  ),
  putsPerS: Type.Union(
    [Type.Literal('auto'), Type.Integer({ minimum: 0, maximum: 1_000_000 })],
    words({
      default: 'auto',
      value: 'puts',
      expects: 'auto, or a whole number of puts from 0 to 1000000',
      description:
        'Puts a second of one connection; a put counts once for every ten channels, and so does a change of ' +
        'filters. A client that puts faster is read more slowly. auto: 100 with authentication, otherwise ' +
        'unlimited. 0: unlimited.',
    }),
  ),
  putBurst: Type.Integer(
    words({
      ...whole(1, 1_000_000, 'puts'),
      default: 1_000,
      description:
        'Puts of one connection at once, before limits.putsPerS applies. A new connection of the same user ' +
        'inherits the debt of its earlier ones. 0 is refused.',
    }),
  ),
  putsInFlight: Type.Integer(
    words({
      ...whole(1, 100_000, 'puts'),
      default: 256,
      description:
        'Puts of one connection that the log has not answered; beyond, the connection is read once it has answered one. ' +
        'The log in memory answers at once. 0 is refused.',
    }),
  ),
  putBytesPerS: Type.Union(
    [Type.Literal('auto'), Type.Integer({ minimum: 0, maximum: 2 ** 40 })],
    words({
      default: 'auto',
      value: 'bytes',
      expects: `auto, or a whole number of bytes from 0 to ${2 ** 40}`,
      description:
        'Bytes of the log a second that one user may put over all its connections, counted as in ' +
        'limits.putBytes; puts beyond it wait. auto: 1/256 of log.bytes, at least 32 KiB, with ' +
        'authentication, otherwise unlimited. 0: unlimited.',
    }),
  ),
  putBurstBytes: Type.Union(
    [Type.Literal('auto'), Type.Integer({ minimum: 1, maximum: 2 ** 40 })],
    words({
      default: 'auto',
      value: 'bytes',
      expects: `auto, or a whole number of bytes from 1 to ${2 ** 40}`,
      description:
        'Bytes of the log that one user may put at once, before limits.putBytesPerS applies; at least ' +
        'limits.putBytes. auto: half of log.bytes, at least 4 MiB. 0 is refused.',
    }),
  ),
  receiptBytes: Type.Integer(
    words({
      ...bytes(2 ** 20, 2 ** 40),
      default: 20 * 1024 * 1024,
      description:
        'Memory of all puts that wait for their receipt, in bytes: by the sessions that have to answer, and ' +
        'the channels that each matches. A further put with confirm is refused. One user alone may have three ' +
        'quarters. 0 is refused.',
    }),
  ),
  journalBytes: Type.Integer(
    words({
      ...bytes(0, 2 ** 40),
      default: 8 * 1024 * 1024,
      description:
        'Memory of the journal, in bytes: which sessions ended, and what was reported to their clients, for explanations. ' +
        'Beyond it the server forgets the oldest, and explains nothing that is older. One user alone may have three ' +
        'quarters. 0: nothing is kept, and nothing explained.',
    }),
  ),
  channels: Type.Integer(
    words({
      ...whole(1, 10_000_000, 'channels'),
      default: 100_000,
      description:
        'Distinct channels of which the log holds anything at a time, of a log on disk or on JetStream its part in ' +
        'memory (log.hotBytes); a put on a further one is refused. One user alone may have three quarters. 0 is refused.',
    }),
  ),
  rememberedPuts: Type.Integer(
    words({
      ...whole(1_000, 10_000_000, 'puts'),
      default: 200_000,
      description:
        'Puts, and channels of puts, that the server remembers for five minutes in case they are sent again; ' +
        'beyond it, it forgets older ones earlier. One user alone may have three quarters. 0 is refused.',
    }),
  ),
});
