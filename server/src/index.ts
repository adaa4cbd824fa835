import type { FastifyInstance } from 'fastify';
import { addBus } from './compose.ts';
import type { Settings } from './settings.ts';
import { readSettings } from './settings-read.ts';

export { type RunningServer, startServer } from './compose.ts';
export { type Settings, SettingsSchema } from './settings.ts';
export { SettingsError } from './settings-read.ts';
export { StartError } from './zeromq/start-error.ts';

/** Settings of the plugin: those of the server without `host` and `port`, which are the application's. Left out: the default. */
export interface ZerospanOptions {
  readonly bus?: Partial<Settings['bus']>;
  readonly log?: Partial<Settings['log']>;
  /** Whether the live page is served at `/`, below the plugin's prefix. Default: false, because the application has a page of its own. */
  readonly page?: boolean;
}

/**
 * The server as a plugin for a Fastify server of your own: `app.register(zerospan, { prefix: '/live' })` adds `/live/bus`,
 * `/live/health/*` and `/live/metrics`. The bus opens with `ready` and ends with `close`.
 * @throws StartError or SettingsError from `ready`, naming the setting and the remedy
 */
export async function zerospan(
  app: FastifyInstance,
  { bus = {}, log = {}, page = false }: ZerospanOptions,
): Promise<void> {
  const { settings, warnings } = readSettings({
    file: { name: 'the options of zerospan', content: { bus, log } },
  });
  for (const warning of warnings) app.log.warn(warning);
  await addBus(app, settings, page);
}
