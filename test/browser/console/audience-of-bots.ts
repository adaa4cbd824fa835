import { Bus } from '@zerospan/client';
import { onTestFinished } from 'vitest';
import { TcpProxy } from '../../support/proxy.ts';
import type { Serving } from '../serving.ts';

/** How many there are of each, each on a channel of its own. */
export const CROWD = { answering: 120, stopped: 10, behind: 10, cut: 10, nobody: 50 } as const;
export type Kind = keyof typeof CROWD;
const KINDS = Object.keys(CROWD) as Kind[];

/** What the server may have sent to a client that reads nothing, and more: then the client is behind. */
const WINDOW_BYTES = 1024 * 1024;
const PIECE = JSON.stringify('x'.repeat(60_000));

/** Sessions that get a broadcast, or will, or not; some channels have nobody. */
export class Audience {
  readonly #stopped: TcpProxy;
  readonly #cut: TcpProxy;

  static async open(server: Serving): Promise<Audience> {
    const audience = new Audience(await TcpProxy.before(server.url), await TcpProxy.before(server.url));
    const urls: Partial<Record<Kind, string>> = { stopped: audience.#stopped.url, cut: audience.#cut.url };
    const ready: Promise<void>[] = [];
    for (const kind of KINDS) {
      if (kind === 'nobody') continue;
      for (const channel of channelsOf(kind)) ready.push(listen(urls[kind] ?? server.url, channel, kind));
    }
    await Promise.all(ready);
    await fillWindows(server, channelsOf('behind'));
    return audience;
  }

  private constructor(stopped: TcpProxy, cut: TcpProxy) {
    this.#stopped = stopped;
    this.#cut = cut;
  }

  /** Before the put: some stand still, and what is sent to some others does not arrive. */
  hold(): void {
    this.#stopped.hold();
    this.#cut.holdAnswers();
  }

  /** After the put: these lose their connection. */
  cut(): void {
    this.#cut.cut();
  }

  restore(): void {
    this.#cut.restore();
  }
}

export function channelsOf(kind: Kind): string[] {
  return Array.from({ length: CROWD[kind] }, (_, at) => `panel.${kind}-${String(at).padStart(3, '0')}`);
}

export const ALL_CHANNELS = KINDS.flatMap(channelsOf);

/** The name that a client gives itself, for people. */
export function nameOn(channel: string): string {
  return channel.replace('panel.', 'screen ');
}

async function listen(url: string, channel: string, kind: Kind): Promise<void> {
  const bus = new Bus(`${url.replace('http', 'ws')}bus`, { name: nameOn(channel), random: () => 0 });
  onTestFinished(() => bus.close({ timeoutMs: 0 }));
  bus.on('error', () => {});
  const subscriber = bus.subscribe(channel, { queue: { whenFull: 'wait' } });
  // Those that are behind read nothing: their window stays full.
  if (kind !== 'behind') subscriber.on('publication', () => {});
  await subscriber.ready;
}

/** Puts more on these channels than their clients may be sent while they read nothing. */
export async function fillWindows(server: Serving, channels: readonly string[]): Promise<void> {
  const bus = new Bus(`${server.url.replace('http', 'ws')}bus`);
  const publisher = bus.publish();
  for (let bytes = 0; bytes < 1.5 * WINDOW_BYTES; bytes += PIECE.length)
    await publisher.putText(channels, PIECE);
  await bus.close();
}
