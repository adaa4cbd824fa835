import { Bus } from '@zerospan/client';
import { onTestFinished } from 'vitest';
import { TcpProxy } from '../../support/proxy.ts';
import type { Serving } from '../serving.ts';

const KINDS = ['answering', 'stopped', 'behind', 'cut', 'nobody'] as const;
export type Kind = (typeof KINDS)[number];

/** How many there are of each, each on a channel of its own. */
export type Crowd = Readonly<Record<Kind, number>>;

export function crowdOf(n: number): Crowd {
  return { answering: 8 * n, stopped: n, behind: n, cut: n, nobody: 5 * n };
}

/** What the server may have sent to a client that reads nothing, and more: then the client is behind. */
const WINDOW_BYTES = 1024 * 1024;
const PIECE = JSON.stringify('x'.repeat(60_000));

/** Sessions that get a broadcast, or will, or not; some channels have nobody. */
export class Audience {
  readonly #stopped: TcpProxy;
  readonly #cut: TcpProxy;

  static async open(server: Serving, crowd: Crowd): Promise<Audience> {
    const audience = new Audience(await TcpProxy.before(server.url), await TcpProxy.before(server.url));
    const urls: Partial<Record<Kind, string>> = { stopped: audience.#stopped.url, cut: audience.#cut.url };
    const ready: Promise<void>[] = [];
    for (const kind of KINDS) {
      if (kind === 'nobody') continue;
      for (const channel of channelsOf(crowd, kind))
        ready.push(listen(urls[kind] ?? server.url, channel, kind));
    }
    await Promise.all(ready);
    await fillWindows(server, channelsOf(crowd, 'behind'));
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

export function channelsOf(crowd: Crowd, ...kinds: readonly Kind[]): string[] {
  return (kinds.length > 0 ? kinds : KINDS).flatMap((kind) =>
    Array.from({ length: crowd[kind] }, (_, at) => `panel.${kind}-${String(at).padStart(3, '0')}`),
  );
}

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
export async function fillWindows(server: Pick<Serving, 'url'>, channels: readonly string[]): Promise<void> {
  const bus = new Bus(`${server.url.replace('http', 'ws')}bus`);
  const publisher = bus.publish();
  for (let bytes = 0; bytes < 1.5 * WINDOW_BYTES; bytes += PIECE.length)
    await publisher.putText(channels, PIECE);
  await bus.close();
}
