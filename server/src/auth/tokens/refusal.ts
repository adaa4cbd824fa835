import { type Code, ZerospanError } from '@zerospan/shared';

/** Why a token is not taken, in words for its issuer. None of them says anything that stands in the token. */
export const WHYS = {
  'no-token': 'there is no token',
  'too-long': 'the token is too long',
  malformed: 'it is not a signed JWT, or its header asks for something that is not understood',
  algorithm: 'its algorithm is none of HS256, RS256, ES256, EdDSA',
  'unknown-key': 'no key of its name and algorithm is known',
  'key-not-yet':
    'no key of its name is known, and its issuer was asked too short a while ago to be asked again',
  signature: 'its signature is not right',
  expired: 'it has expired',
  'not-yet': 'it is not valid yet (nbf)',
  issuer: 'iss is not the issuer that is expected',
  audience: 'aud does not hold the audience that is expected',
  claims: 'a claim that is needed is missing or malformed (iss, aud, exp, sub, jti, nbf)',
  grants: 'the claim "zerospan" is malformed',
  'too-far': 'exp lies too far in the future',
  revoked: 'its access was revoked',
} as const satisfies Record<string, string>;
export type Why = keyof typeof WHYS;

/** What the operator does about it; undefined where nothing is to be done. */
export const REMEDIES: Readonly<Record<Why, string | undefined>> = {
  'no-token': 'Give the client a token: the option token of a Bus, or --token-file of a command.',
  'too-long': 'Have the issuer grant prefixes in place of many channels.',
  malformed: 'Have the issuer sign a JWT of three parts, without the header field crit.',
  algorithm: 'Have the issuer sign with one of these.',
  'unknown-key': 'Name the key that signs in auth.keys or auth.jwksUrl.',
  // The client reconnects by itself.
  'key-not-yet': undefined,
  signature: 'Compare the key that signs with auth.keys: zerospan token verify --key FILE < TOKENFILE',
  expired: 'Have the client fetch a token for each connection: the option token of a Bus may be a function.',
  'not-yet': 'Compare the clocks of the issuer and of this machine; auth.skewMs allows for a difference.',
  issuer: 'Set auth.issuer to the iss of the token.',
  audience: 'Set auth.audience to an aud of the token.',
  claims: 'Have the issuer set iss, aud, exp and sub.',
  grants: 'Have the issuer use only subscribe, put, history, confirm, admin, metrics and observe in it.',
  'too-far': 'Have the issuer make tokens that expire within 366 days.',
  // That is what the operator asked for.
  revoked: undefined,
};

/**
 * A rejected token. Its message is the code's own: the client that sent the token learns no more. `why` is for the
 * operator.
 */
export class TokenRefusal extends ZerospanError {
  readonly why: Why;

  constructor(why: Why) {
    super(codeOf(why));
    this.why = why;
  }
}

function codeOf(why: Why): Code {
  if (why === 'expired') return 'token-expired';
  if (why === 'key-not-yet') return 'key-not-known';
  return why === 'revoked' ? 'revoked' : 'unauthorized';
}
