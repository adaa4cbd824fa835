import { createHmac, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { pinned, secretKey } from '../../../server/src/auth/keys/key.ts';

/**
 * Keys that stay the same, so that the same seed gives the same inputs, and what was saved can be tried again. Of two
 * there is no private half any more.
 */
export const SECRET = Buffer.from('a secret for the fuzzer, and for nothing else');
export const RSA = createPublicKey({
  format: 'jwk',
  key: {
    kty: 'RSA',
    e: 'AQAB',
    n: 'qiuIl3jXqb2s6hXCD2YuHuWpWt3yy97OM5XSRJ9_JKcwdxHbkkcL_DS100cNz3Hm86-xHjHH6N9GfvY5n66rWv4Wn36onp8BQgdlCY6abPBr4DGoqTJDC2J-8OELtfYY2EuoaDFhM1Gaczjd8ZzHvx5_NjEKS52pHXdJ2lw-l4pO2EA8QzCG-bnYGH5zgvdwtxe_GATtiTn5-fCT1_rAEwT2YYB5AwvqAdf0qirsDckW6DiaX44yyl087M9FnKxGA1Ob-0KLe-N8ML5MwCdQ_h4rXaJZ5DQxIPtkQ3PxBzW9cuYhrSgK0MybbaqRsEqWQq0PDYrMmnRbYA1RM7W1cQ',
  },
});
export const EC = createPublicKey({
  format: 'jwk',
  key: {
    kty: 'EC',
    crv: 'P-256',
    x: 'oDjmSTWJ2ooFH7u-4Qzg7Z5Zh_u9EETAi3J1MJJA1is',
    y: 'rqILVyPMm56NL7zqag5zLGzpe6jTre16FoCfgwCRW4g',
  },
});
/** PKCS #8 of Ed25519, with a secret of 32 times the same byte. */
const ED_PRIVATE = createPrivateKey({
  format: 'der',
  type: 'pkcs8',
  key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 7)]),
});
export const ED = createPublicKey(ED_PRIVATE);

export const KEYS = [secretKey(SECRET), pinned(RSA), pinned(EC, 'one'), pinned(ED)];

/** The time by which these tokens are good, in s since 1970. */
export const NOW_S = 1_800_000_000;

const CLAIMS = { iss: 'zerospan', aud: 'zerospan', exp: NOW_S + 3_600, sub: 'alice' };

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export function signedBy(secret: Buffer, head: string, body: string): string {
  const input = [head, body].map((each) => Buffer.from(each, 'latin1').toString('base64url')).join('.');
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

const edInput = `${part({ alg: 'EdDSA' })}.${part(CLAIMS)}`;

/** A good one of each family. */
export const GOOD: readonly string[] = [
  signedBy(SECRET, '{"alg":"HS256","typ":"JWT"}', JSON.stringify(CLAIMS)),
  `${part({ alg: 'RS256' })}.${part(CLAIMS)}.RnIIxRLcFP2OdckW2PXRz3A-A5KQAQ2Op0P5kipu4HnbI3_pVm3Ebn9MyGpMUQ92pCesu4KTIEII1inrTbiNnGiVQwCvMtQGZcweZvGKEM9eRIMqgiy_lA98BG0ezOZz8WmkRiYkiHCWOw4vgKovyLCInFLWxCZpdbrJq6vGs-2HV_Yhks7W_unmc9-0iVStmM85ex53aft2EQ49oXx8Z1zKHOgv4ErmNwNPBJuhy_779tAPyNoaMlYfOmexDXLIl3-PwoQz8fVypwU95CyM_06XV2XNFSIpN60MiPuQWICu8IYIAwFgwrLUVIMlGLWII1RGIOQ6grr-CZd4pCScLw`,
  `${part({ alg: 'ES256', kid: 'one' })}.${part(CLAIMS)}.ooUcaazpxoQtgszdbOcW0UFbP0suWZ84IvXmb-nDuyI6QqMeizSVPhSHjtaVv3bsYobgZmjqHDLReR0S9YuLrA`,
  `${edInput}.${sign(null, Buffer.from(edInput), ED_PRIVATE).toString('base64url')}`,
];

/** The public keys of the other families as a secret: everybody knows them. */
const confused = [RSA, EC, ED].map((key) =>
  signedBy(
    Buffer.from(key.export({ type: 'spki', format: 'pem' })),
    '{"alg":"HS256"}',
    JSON.stringify(CLAIMS),
  ),
);

/** What must never be taken. */
export const BAD: readonly string[] = [
  `${part({ alg: 'none' })}.${part(CLAIMS)}.`,
  `${part({ alg: 'HS256' })}.${part(CLAIMS)}.`,
  ...confused,
];
