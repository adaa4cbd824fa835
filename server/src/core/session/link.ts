import type { ServerMessage } from '@zerospan/shared';
import type { Encoding } from '../fanout/encoding.ts';

/**
 * PORT: a session's only way to its client. The core gives it control messages, and entries that its `encoding` has put
 * together; they MUST leave in the order given. `test/contract/link.contract.ts` holds every implementation to these
 * sentences, and its encoding to those of `Encoding`.
 *
 * - `encoding` MUST stay the same.
 * - `say` and `send` MUST take what they are given at any time, full or not: control messages are few and bounded by
 *   what the client asks for. `say` MUST encode its message before it returns.
 * - `hasRoom` MUST be false while more waits in the process than the adapter's bound. The adapter MUST call the
 *   session's `roomAgain` once after it was false and became true, and SHOULD stop reading the socket in between, so
 *   that answers to pipelined puts cannot pile up.
 * - `alive` MUST answer whether a sign of life came since it was last asked: a byte received, or backlog that drained.
 *   Where clients can say nothing, an adapter MUST take it for one that nothing waits in the process.
 * - Between `hold` and `release` the adapter MUST NOT read the socket, whatever else would let it; what it had read
 *   already it MUST hand over when it is released, until it is held again, and not before.
 * - After `close`, `say` and `send` MUST do nothing. The adapter MUST call the session's `closed` once, whichever side
 *   closed.
 */
export interface Link {
  readonly encoding: Encoding;
  readonly hasRoom: boolean;
  say(message: ServerMessage): void;
  send(encoded: Buffer): void;
  /** The same for what is sent last in a turn: it leaves now, in one write with what was sent before it. */
  sendNow(encoded: Buffer): void;
  ping(): void;
  alive(): boolean;
  hold(): void;
  release(): void;
  close(code: number, reason: string): void;
}
