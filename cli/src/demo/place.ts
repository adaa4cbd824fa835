import { readSettings, StartError } from '@zerospan/server/settings';
import { startServer } from '@zerospan/server/standalone';
import { serverLog } from '../commands/serve.ts';
import { busUrl } from '../connection/connect.ts';
import { EXIT } from '../terminal/failure.ts';
import { say, type Terminal } from '../terminal/terminal.ts';

export interface PlaceOptions {
  /** A server that runs already; left out, the demo starts its own. */
  readonly url?: string;
  readonly busAddress: string;
  readonly busIngress: string;
}

/** Where the demo takes place. */
export interface Place {
  readonly ws: string;
  readonly page: string;
  readonly busAddress: string;
  readonly busIngress: string | null;
  leave(): Promise<void>;
}

/** @throws StartError where no server can be started */
export async function placeFor(
  { url, busAddress, busIngress }: PlaceOptions,
  terminal: Terminal,
): Promise<Place> {
  if (url !== undefined) {
    const ws = busUrl(url);
    const page = new URL('./', ws.replace(/^ws/, 'http')).href;
    return { ws, page, busAddress, busIngress, leave: async () => undefined };
  }
  // Its votes belong to no log that is kept.
  const { settings, given } = readSettings({ env: { ...terminal.env, ZEROSPAN_LOG_KIND: undefined } });
  try {
    const server = await startServer(settings, { ...serverLog(terminal), given });
    return { ...server, page: server.url, leave: () => server.stop() };
  } catch (error) {
    if (error instanceof StartError && error.exitCode === EXIT.failed)
      say(
        terminal,
        'zerospan: if a server runs there already, use it: zerospan demo --url ws://127.0.0.1:8080/bus',
      );
    throw error;
  }
}
