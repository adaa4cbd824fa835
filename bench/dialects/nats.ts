import { type Dialect, type Dialogue, type Tally, WebSocketCarrier } from 'zerospan/load';
import { NatsStream } from './nats-stream.ts';

/** Neither an answer to each line nor a check of each subject: what clients of NATS ask for by default. */
export const NATS_CONNECT = 'CONNECT {"verbose":false,"pedantic":false,"protocol":1}\r\n';
export const NATS_PONG = 'PONG\r\n';

/** NATS's protocol within WebSocket frames. The channel `""` stands for everything. */
export class NatsDialect implements Dialect {
  readonly carrier = new WebSocketCarrier();
  begin(
    say: (bytes: Buffer) => void,
    channels: readonly string[],
    tally: Tally,
    ready: () => void,
  ): Dialogue {
    let greeted = false;
    let subscribed = false;
    const stream = new NatsStream({
      message(data, end) {
        tally.publication(data, end);
      },
      line(text) {
        if (text === 'PING') say(Buffer.from(NATS_PONG));
        else if (text === 'PONG' && !subscribed) {
          subscribed = true;
          ready();
        } else if (text.startsWith('INFO') && !greeted) {
          greeted = true;
          say(Buffer.from(`${NATS_CONNECT}${subscriptions(channels)}PING\r\n`));
        }
        // Later, of a consumer that is too slow: the server closes, and that is counted.
        else if (text.startsWith('-ERR') && !subscribed) throw new Error(`nats-server answered ${text}`);
      },
    });
    return {
      opened() {},
      message(data, at, end) {
        stream.read(data, at, end);
      },
      tick() {},
    };
  }
}

function subscriptions(channels: readonly string[]): string {
  return channels.map((channel, i) => `SUB ${channel || '>'} ${i + 1}\r\n`).join('');
}
