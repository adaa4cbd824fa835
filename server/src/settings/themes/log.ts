import * as Type from '../../schema.ts';
import { bytes, ms, words } from '../words.ts';

/** Settings of what is kept for clients that come back. */
export const logSettings = Type.Object({
  kind: Type.Union(
    [Type.Literal('memory'), Type.Literal('disk'), Type.Literal('jetstream')],
    words({
      default: 'memory' as const,
      otherDefaults: [{ when: 'serve', default: 'disk' }],
      value: 'kind',
      flag: 'log',
      expects: 'memory, disk or jetstream',
      description:
        'What keeps the log. memory: a restart begins a new one. disk: it survives a restart, a crash and, as ' +
        'log.sync says, a power loss. jetstream: it is on NATS servers (nats.servers), and several Zerospan servers ' +
        'are nodes of one bus.',
    }),
  ),
  directory: Type.String(
    words({
      minLength: 1,
      default: '.zerospan',
      value: 'dir',
      expects: 'the name of a folder',
      description:
        'Folder of a log on disk, created where it does not exist, for one server at a time and for nothing else. ' +
        'A log in memory does not use it.',
    }),
  ),
  sync: Type.Union(
    [Type.Literal('group'), Type.Literal('interval'), Type.Literal('os')],
    words({
      default: 'group' as const,
      value: 'when',
      expects: 'group, interval or os',
      description:
        'When a log on disk is synced. group: before a put is accepted, many puts at a time, and 100 ms after what ' +
        'came from ZeroMQ; a power loss takes nothing that was accepted, and the last 100 ms from ZeroMQ. ' +
        'interval: once a second; it takes the last second. os: when the system does; it takes half a minute and ' +
        'more.',
    }),
  ),
  bytes: Type.Integer(
    words({
      ...bytes(0, 2 ** 40),
      default: 64 * 1024 * 1024,
      otherDefaults: ['disk', 'jetstream'].map((is) => ({
        when: { setting: 'log.kind', is },
        default: 1024 * 1024 * 1024,
      })),
      description:
        'Bytes of publications that the log keeps, overhead included. 0: only the newest publication.',
    }),
  ),
  ageMs: Type.Integer(
    words({
      ...ms(0, 2 ** 40),
      default: 600_000,
      otherDefaults: ['disk', 'jetstream'].map((is) => ({
        when: { setting: 'log.kind', is },
        default: 86_400_000,
      })),
      description:
        'How long the log keeps publications, in ms, by a clock that is never set. 0: as long as log.bytes ' +
        'allows.',
    }),
  ),
  lastBytes: Type.Integer(
    words({
      ...bytes(0, 2 ** 40),
      default: 8 * 1024 * 1024,
      description:
        'Bytes that the log keeps for the last publication of each channel beyond log.bytes and log.ageMs. 0: ' +
        'none beyond them.',
    }),
  ),
  hotBytes: Type.Integer(
    words({
      ...bytes(0, 2 ** 40),
      default: 64 * 1024 * 1024,
      atMost: 'log.bytes',
      description:
        'Bytes of the newest publications of a log on disk or on JetStream that are in memory as well, at most ' +
        'log.bytes: what is older is read from there. 0: only the newest publication. A log in memory does not ' +
        'use it.',
    }),
  ),
});
