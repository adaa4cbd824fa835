import { sign } from '../../../server/src/auth/tokens/sign.ts';
import type { startServer } from '../../../server/src/compose.ts';
import { SILENT } from '../server.ts';
import { SECRET, secret } from '../tokens.ts';

/** A token that grants all channels. */
export function tokenOf(subject: string, admin = false): Promise<string> {
  const all = [{ prefix: '' }];
  const grants = admin ? { admin } : { subscribe: all, put: all };
  return sign(secret(SECRET), {
    ...{ subject, issuer: 'zerospan', audience: 'zerospan', grants },
    ...{ nowMs: Date.now(), lifeMs: 600_000 },
  });
}

/** Options of a server that judges these tokens. */
export const JUDGES: Parameters<typeof startServer>[1] = {
  logger: SILENT,
  secrets: { env: { ZEROSPAN_AUTH_SECRET: SECRET } },
};
