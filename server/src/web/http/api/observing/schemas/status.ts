import * as Type from '../../../../../schema.ts';
import { count, rate } from './words.ts';

const counts = (description: string) =>
  Type.Unsafe<Readonly<Record<string, number>>>({
    type: 'object',
    description,
    additionalProperties: { type: 'integer' },
  });

const LogSchema = Type.Object({
  kind: Type.String({ description: 'What keeps it: `memory`, `disk` or `jetstream`.' }),
  directory: Type.Union([Type.String(), Type.Unsafe<null>({ type: 'null' })], {
    description: 'Where it is on disk. null: it is not.',
  }),
  state: Type.Enum(['reachable', 'away', 'full', 'failed']),
  epoch: Type.String({ description: 'The log that the offsets belong to.' }),
  head: count('Offset of the newest entry.'),
  oldest: count('Everything from this offset on is held.'),
  entries: count('Entries held: publications and upstream gaps.'),
  bytes: count('Bytes held within `log.bytes`, overhead included; of a log on disk, of its segments.'),
  memoryBytes: count('Bytes of entries in memory, overhead included.'),
  mostBytes: count('`log.bytes`.'),
  mostAgeMs: count('`log.ageMs`. 0: unlimited.'),
  heldMs: count('Age of the oldest entry.'),
  awayMs: Type.Union([Type.Integer({ minimum: 0 }), Type.Unsafe<null>({ type: 'null' })], {
    description:
      'How long a client may be away and miss nothing, if entries come at the rate of those held. null: without end.',
  }),
});

const ZeroMqSchema = Type.Object({
  address: Type.String({ description: 'Where native subscribers connect.' }),
  ingress: Type.Union([Type.String(), Type.Unsafe<null>({ type: 'null' })], {
    description: 'Where publishers connect. null: turned off.',
  }),
  peers: Type.Object({ ingress: count('Connected now.'), egress: count('Connected now.') }),
  received: count('Messages received, dropped ones included.'),
  sent: count('Publications passed on to native subscribers.'),
  dropped: counts('Messages dropped, by reason.'),
  sources: Type.Array(
    Type.Object({
      address: Type.String(),
      isConnected: Type.Boolean(),
      disconnects: count('Times that its connection was lost.'),
    }),
    { description: '`bus.sources`, in order.' },
  ),
});

const NodeSchema = Type.Object({
  id: Type.String({ description: 'Of this life of it: when it starts again it has another one.' }),
  name: Type.String({ description: 'The machine that it runs on.' }),
  version: Type.String(),
  uptimeMs: count('Since its bus was opened.'),
  sessions: count('Its sessions.'),
  epoch: Type.String({ description: 'The log that it had when it was heard.' }),
  head: count('Offset of the newest entry that it had then.'),
  heardMs: count('How long ago it was heard. 0: the server that answers.'),
  isAway: Type.Boolean({ description: 'Whether it was not heard for three seconds.' }),
});

export const StatusSchema = Type.Object({
  version: Type.String(),
  uptimeMs: count('Since the bus was opened.'),
  waiting: Type.Array(Type.String(), { description: 'What readiness waits for. Empty: ready.' }),
  notes: Type.Array(Type.String(), { description: 'What needs attention, as readiness says it.' }),
  log: LogSchema,
  channels: Type.Object({
    known: count('Channels that the log knows.'),
    held: count('Channels of which it holds something.'),
  }),
  connections: count('Clients connected, greeted or not.'),
  sessions: Type.Object({
    live: count('Take part in fan-out.'),
    behind: count('Read the log to catch up.'),
    lag: Type.Array(
      Type.Object({
        most: Type.Union([Type.Integer({ minimum: 0 }), Type.Unsafe<null>({ type: 'null' })], {
          description: 'Most offsets below the head. null: without end.',
        }),
        sessions: count('Sessions above the step before.'),
      }),
      { description: 'Sessions by how many offsets their applications are below the head.' },
    ),
  }),
  rates: Type.Object(
    {
      publicationsPerS: rate('Entries taken from the log.'),
      deliveriesPerS: rate('Entries written to live sessions.'),
      putsPerS: rate('Puts of clients that the log accepted.'),
    },
    { description: 'Of the last ten seconds.' },
  ),
  gaps: counts('Gaps reported to clients, by reason.'),
  refusals: counts('Messages refused and clients rejected, by code.'),
  zeromq: ZeroMqSchema,
  nodes: Type.Array(NodeSchema, {
    description: 'Nodes of the bus, this one first. Empty: the log is that of one server alone.',
  }),
  limits: Type.Array(
    Type.Object({
      setting: Type.String({ description: 'Its path in the settings.' }),
      used: count('How much of it is used.'),
      most: count('The limit.'),
    }),
    { description: 'Limits of the whole server. An unlimited one is left out.' },
  ),
});
