/** Tokens as this server understands them, signed and verified. */
export { GRANT_FILTERS, NAME } from '../auth/tokens/claims.ts';
export { TokenRefusal, WHYS } from '../auth/tokens/refusal.ts';
export { sign } from '../auth/tokens/sign.ts';
export { TOKEN_BYTES, verify } from '../auth/tokens/verify.ts';
