/** What `GET /metrics` of a server of ours says now. @param url of its WebSockets */
export async function metrics(url: string): Promise<Metrics> {
  const answer = await fetch(new URL('/metrics', url.replace(/^ws/, 'http')));
  if (!answer.ok) throw new Error(`GET /metrics was answered ${answer.status}`);
  return new Metrics(await answer.text());
}

/** One answer, in the text format of Prometheus. */
export class Metrics {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The value by name, summed over its labels; 0 when there is none. */
  sum(name: string): number {
    const lines = this.#text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'));
    return [...lines].reduce((sum, [, value]) => sum + Number(value), 0);
  }
}
