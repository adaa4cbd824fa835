import type { Meter } from '../../core/meter.ts';

/** What `ws` calls its errors, and what they are called in the metrics. */
const REASONS: Readonly<Record<string, string>> = {
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: 'too-large',
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: 'too-large',
  WS_ERR_TOO_MANY_BUFFERED_PARTS: 'too-many-fragments',
  WS_ERR_INVALID_UTF8: 'bad-utf8',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
};

/** Counts why sockets failed. */
export class SocketFailures {
  readonly #counts = new Map<string, number>(
    [...Object.values(REASONS), 'bad-frame', 'other'].map((reason) => [reason, 0]),
  );

  failed(error: Error): void {
    const code = String((error as NodeJS.ErrnoException).code);
    const reason = REASONS[code] ?? (code.startsWith('WS_ERR_') ? 'bad-frame' : 'other');
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
  }

  get meter(): Meter {
    return {
      kind: 'counter',
      name: 'zerospan_sockets_failed_total',
      help: 'WebSocket connections that ended by a failure of the connection or of a frame',
      label: 'reason',
      read: () => this.#counts,
    };
  }
}
