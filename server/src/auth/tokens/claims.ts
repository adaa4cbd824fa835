import { channelFault, type FilterSet, prefixFault, toFilterSet, unionOf } from '@zerospan/shared';
import type { Grants } from '../../core/access/gate.ts';
import * as Type from '../../schema.ts';
import { TokenRefusal } from './refusal.ts';

/** Most filters of one grant; a prefix stands for many names. */
export const GRANT_FILTERS = 1_000;

/** A name that fits on a line of the file of revocations, so that everybody who has access can lose it. */
export const NAME = '^(?! )[^\\p{Cc}\\p{Cs}\\u2028\\u2029\\uFEFF]{1,255}(?<! )$';

const Name = Type.Unsafe<string>({ type: 'string', pattern: NAME });
const Filters = Type.Optional(
  Type.Array(
    Type.Union([Type.String(), Type.Object({ prefix: Type.String() }, { additionalProperties: false })]),
    { maxItems: GRANT_FILTERS },
  ),
);
const Right = Type.Optional(Type.Boolean());
const Confirm = Type.Optional(Type.Union([Type.Boolean(), Type.Literal('names')]));

/**
 * The claim `zerospan`. Nothing but these fields: what is misspelt, or new, would else be a right that silently is not
 * there.
 */
const GrantsClaim = Type.Object(
  {
    subscribe: Filters,
    put: Filters,
    history: Filters,
    confirm: Confirm,
    admin: Right,
    metrics: Right,
    observe: Right,
  },
  { additionalProperties: false },
);
export type GrantsClaim = Type.Static<typeof GrantsClaim>;

const Claims = Type.Object({
  sub: Name,
  // The year 9999: what is larger is no time.
  exp: Type.Number({ minimum: 0, maximum: 253_402_300_799 }),
  jti: Type.Optional(Name),
});
const claims = Type.Compile(Claims);
const grants = Type.Compile(GrantsClaim);

/** What this server reads of a token beside `iss`, `aud` and `nbf`. */
export interface Claim {
  readonly subject: string;
  /** When it ends, in ms since 1970. */
  readonly expMs: number;
  readonly token: string | undefined;
  readonly grants: Grants;
}

/**
 * Reads the claims of a token whose signature is right. A right that is not named is not given.
 * @throws TokenRefusal `claims` or `grants`
 */
export function readClaims(payload: object): Claim {
  if (!claims.Check(payload)) throw new TokenRefusal('claims');
  const { sub, exp, jti } = payload;
  const own: unknown = Object.hasOwn(payload, 'zerospan') ? (payload as { zerospan?: unknown }).zerospan : {};
  return { subject: sub, expMs: exp * 1_000, token: jti, grants: readGrants(own) };
}

function readGrants(claim: unknown): Grants {
  if (!grants.Check(claim)) throw new TokenRefusal('grants');
  return {
    subscribe: filtersOf(claim.subscribe),
    put: filtersOf(claim.put),
    history: filtersOf(claim.history),
    confirm: claim.confirm ?? false,
    admin: claim.admin ?? false,
    metrics: claim.metrics ?? false,
    observe: claim.observe ?? false,
  };
}

function filtersOf(filters: GrantsClaim['put'] = []): FilterSet {
  const set = toFilterSet(filters);
  if (set.channels.some(channelFault) || set.prefixes.some(prefixFault)) throw new TokenRefusal('grants');
  return unionOf([set]);
}
