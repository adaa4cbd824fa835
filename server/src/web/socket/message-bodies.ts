import { LIMITS, ON_LAG } from '@zerospan/shared';
import * as Type from '../../schema.ts';

const Id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });
const Offset = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Names = Type.Array(Type.String());
const Epoch = Type.String({ minLength: 1, maxLength: 128 });

/**
 * The protocol's own bound, in characters, whatever gate there is: it may have a narrower one. Nothing longer is shown
 * to it.
 */
const Token = Type.String({ maxLength: 64 * 1024 });

const Filters = { channels: Type.Optional(Names), prefixes: Type.Optional(Names) };

/** More in one hello are no mistake of counting, and each would be answered: the hello as a whole is bad. */
const HELLO_SUBSCRIPTIONS = 2 * LIMITS.subscriptions;

/** One check for each message, compiled once. Fields that are not named here are ignored. */
export const BODIES = {
  hello: Type.Compile(
    Type.Object({
      protocol: Type.String(),
      client: Type.String({ minLength: 8, maxLength: 64 }),
      name: Type.Optional(Type.String()),
      token: Type.Optional(Token),
      acks: Type.Optional(Type.Boolean()),
      connection: Type.Optional(Offset),
      epoch: Type.Optional(Type.String()),
      // Checked one by one: a bad one is refused by its id, the others stand.
      subscriptions: Type.Optional(
        Type.Array(Type.Object({ id: Type.Number() }), { maxItems: HELLO_SUBSCRIPTIONS }),
      ),
    }),
  ),
  subscribe: Type.Compile(
    Type.Object({
      id: Id,
      ...Filters,
      replay: Type.Optional(
        Type.Object({
          since: Type.Optional(Type.Object({ epoch: Epoch, offset: Offset })),
          last: Type.Optional(Type.Integer({ minimum: 1, maximum: LIMITS.replayLast })),
          sinceMs: Type.Optional(Type.Number({ minimum: 0 })),
        }),
      ),
      onLag: Type.Optional(Type.Enum([...ON_LAG])),
      after: Type.Optional(Offset),
      replayed: Type.Optional(Offset),
    }),
  ),
  unsubscribe: Type.Compile(Type.Object({ id: Id, ...Filters })),
  put: Type.Compile(
    Type.Object({
      id: Id,
      channels: Names,
      againMs: Type.Optional(Type.Number({ minimum: 0 })),
      confirm: Type.Optional(Type.Object({ timeoutMs: Type.Number(), who: Type.Optional(Type.Boolean()) })),
    }),
  ),
  ack: Type.Compile(Type.Object({ offset: Offset, bytes: Offset })),
  auth: Type.Compile(Type.Object({ token: Token })),
  ping: Type.Compile(Type.Object({ id: Offset })),
};

export type Kind = keyof typeof BODIES;

export function isKind(key: string): key is Kind {
  return Object.hasOwn(BODIES, key);
}
