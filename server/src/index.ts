import type { FastifyInstance } from 'fastify';
import { addBus } from './compose/guarded-bus.ts';
import type { Gate } from './core/access/gate.ts';
import { closest } from './settings/closest.ts';
import { readSettings, SettingsError } from './settings/read.ts';
import type { Settings } from './settings/settings.ts';

export { ZerospanError } from '@zerospan/shared';
export { type RunningServer, startServer } from './compose.ts';
export type { Gate, Grants, Identity, Visitor } from './core/access/gate.ts';
export { SettingsError } from './settings/read.ts';
export { type Settings, SettingsSchema } from './settings/settings.ts';
export { StartError } from './zeromq/sockets/start-error.ts';

/**
 * Settings of the plugin: those of the server without `host` and `port`, which are the application's. Left out: the
 * default.
 */
export interface ZerospanOptions {
  readonly bus?: Partial<Settings['bus']>;
  readonly log?: Partial<Settings['log']>;
  /**
   * Pages that may connect beside those of the same loopback host and port, exactly as their browsers name their
   * origins.
   */
  readonly origins?: Settings['origins'];
  readonly limits?: Partial<Settings['limits']>;
  /**
   * Keys that tokens are verified by, and what of a token is asked for. Default: the secrets in `ZEROSPAN_AUTH_SECRET`;
   * without that nobody is asked for a token.
   */
  readonly auth?: Partial<Settings['auth']>;
  /** Your own gate in place of `auth`: answers who a client is. Called for each `hello`, and for each fresh token. */
  readonly authenticate?: Gate['admit'];
  /** Lets ZeroMQ be bound or connected to beyond loopback without CURVE. Default: false. */
  readonly insecure?: boolean;
  /**
   * Whether the console is served at `/`, below the plugin's prefix. Default: false, because the application has a
   * page of its own.
   */
  readonly page?: boolean;
}

/**
 * The server as a plugin for a Fastify server of your own: `app.register(zerospan, { prefix: '/live' })` adds
 * `/live/bus`, `/live/health/*` and `/live/metrics`, and with keys for tokens `/live/admin/revocations`. The bus opens
 * with `ready` and ends with `close`. What guards them (origins, limits, headers of answers) holds for these routes,
 * and for no other of the application.
 * @throws StartError or SettingsError from `ready`, naming the setting and the remedy
 */
export async function zerospan(
  app: FastifyInstance,
  {
    bus = {},
    log = {},
    auth = {},
    origins,
    limits = {},
    insecure,
    authenticate,
    page = false,
    ...others
  }: ZerospanOptions,
): Promise<void> {
  refuseMisspelt(Object.keys(others));
  const content = { bus, log, auth, origins, limits, insecure };
  const { settings, given } = readSettings({
    file: { name: 'the options of zerospan', content, isOptions: true },
  });
  const gate = authenticate && { admit: authenticate };
  await addBus(app, settings, { page, gate, given, secrets: { env: process.env } });
}

const OPTIONS = ['bus', 'log', 'auth', 'origins', 'limits', 'insecure', 'authenticate', 'page'];

/**
 * Fastify hands options of its own, and those of other plugins, to each plugin: refused is only what is one letter
 * off.
 */
function refuseMisspelt(names: readonly string[]): void {
  for (const name of names) {
    const meant = closest(name, OPTIONS, 1);
    if (meant !== undefined)
      throw new SettingsError(`the options of zerospan: unknown setting ${name}; did you mean ${meant}?`);
  }
}
