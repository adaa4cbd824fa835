import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { type RunningServer, startServer } from '../../server/src/compose.ts';
import { readSettings } from '../../server/src/settings/read.ts';
import type { Settings } from '../../server/src/settings/settings.ts';

/** Settings that a test names; the others are the defaults, with any free ports. */
export interface TestSettings extends Partial<Omit<Settings, 'bus' | 'log' | 'limits' | 'auth'>> {
  readonly bus?: Partial<Settings['bus']>;
  readonly log?: Partial<Settings['log']>;
  readonly limits?: Partial<Settings['limits']>;
  readonly auth?: Partial<Settings['auth']>;
}

const ANY = 'tcp://127.0.0.1:*';

/** A log that a test does not read. */
export const SILENT = pino({ level: 'silent' });

/** A real server with all its sockets. The caller stops it: for servers that several tests share. */
export function openServer(
  { bus, log, limits, auth, ...named }: TestSettings = {},
  options?: Parameters<typeof startServer>[1],
): Promise<RunningServer> {
  const { settings } = readSettings();
  return startServer(
    {
      ...settings,
      port: 0,
      ...named,
      bus: { ...settings.bus, address: ANY, ingress: ANY, ...bus },
      log: { ...settings.log, ...log },
      limits: { ...settings.limits, ...limits },
      auth: { ...settings.auth, ...auth },
    },
    { logger: SILENT, ...options },
  );
}

/** The same for one test, after which it is stopped. */
export async function testServer(
  settings?: TestSettings,
  options?: Parameters<typeof startServer>[1],
): Promise<RunningServer> {
  const server = await openServer(settings, options);
  onTestFinished(() => server.stop());
  return server;
}
