import { onTestFinished } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** undefined with 101. */
  readonly body: { code: string; reason: string; remedy: string } | undefined;
  readonly socket: WebSocket;
}

/** Opens a WebSocket with headers of one's own, until the end of the test, and answers the response. */
export function upgrade(
  url: string | URL,
  headers: Record<string, string> = {},
  options: ClientOptions = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, 'zerospan.v1', { headers, ...options });
    onTestFinished(() => socket.terminate());
    socket.on('open', () => resolve({ status: 101, headers: {}, body: undefined, socket }));
    socket.on('unexpected-response', (_asked, answer) => {
      let text = '';
      answer.on('data', (data: Buffer) => {
        text += data.toString();
      });
      answer.on('end', () => {
        const { statusCode = 0, headers: answered } = answer;
        resolve({ status: statusCode, headers: answered, body: JSON.parse(text), socket });
      });
    });
    socket.on('error', reject);
  });
}

/** The value of a metric of this server; with labels as they stand there. */
export async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(new URL('metrics', url))).text();
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1));
}
