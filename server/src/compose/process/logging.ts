import type { FastifyBaseLogger } from 'fastify';
import { secretsOf } from '../../auth/keys/secrets.ts';
import type { Meter } from '../../core/meter.ts';
import { Redaction } from '../../redaction.ts';
import type { Secrets } from '../access.ts';

/** Where a bus writes its log. */
export interface Logging {
  readonly logger: FastifyBaseLogger;
  /** Lines that could not be written, where the log is the server's own. */
  readonly meters: readonly Meter[];
  readonly secrets: Secrets;
}

/**
 * The log of an application, or where that has none, warnings and errors on stderr: else nobody would learn that
 * `authenticate` fails, or why a page is rejected. `logger: { level: 'silent' }` is a logger, and stays one.
 */
export async function loggingOf(logger: FastifyBaseLogger | undefined, secrets: Secrets): Promise<Logging> {
  if (logger && !isStandIn(logger)) return { logger, meters: [], secrets };
  // Loaded only where it is needed, pino with it.
  const { stderrLog } = await import('../../stderr-log.ts');
  const redaction = new Redaction(secretsOf(secrets.env ?? {}));
  const { logger: own, meter } = stderrLog({ stderr: process.stderr, env: process.env, redaction });
  const hide = (secret: Uint8Array): void => {
    redaction.hide(secret);
    secrets.hide?.(secret);
  };
  return { logger: own, meters: [meter], secrets: { ...secrets, hide } };
}

/**
 * What Fastify has where no logger is set: one function that does nothing, under each name. A silent pino has that
 * too, but also a level.
 */
function isStandIn(logger: FastifyBaseLogger): boolean {
  return logger.error === logger.info && !('level' in logger);
}
