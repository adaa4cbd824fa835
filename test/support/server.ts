import { onTestFinished } from 'vitest';
import { type BusAccess, type RunningServer, startServer } from '../../server/src/compose.ts';
import type { Settings } from '../../server/src/settings.ts';
import { readSettings } from '../../server/src/settings-read.ts';

/** Settings that a test names; the others are the defaults, with any free ports. */
export interface TestSettings {
  readonly port?: number;
  readonly bus?: Partial<Settings['bus']>;
  readonly log?: Partial<Settings['log']>;
  readonly access?: BusAccess;
}

const ANY = 'tcp://127.0.0.1:*';

/** A real server with all its sockets. Whoever opens it stops it: for those that several tests share. */
export function openServer({
  port = 0,
  bus = {},
  log = {},
  access,
}: TestSettings = {}): Promise<RunningServer> {
  const { settings } = readSettings();
  const chosen = {
    ...settings,
    port,
    bus: { ...settings.bus, address: ANY, ingress: ANY, ...bus },
    log: { ...settings.log, ...log },
  };
  return startServer(chosen, access && { access });
}

/** The same for one test, after which it is stopped. */
export async function testServer(settings?: TestSettings): Promise<RunningServer> {
  const server = await openServer(settings);
  onTestFinished(() => server.stop());
  return server;
}
