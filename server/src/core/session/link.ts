import type { ServerMessage } from '@zerospan/shared';

/**
 * PORT: a session's only way to its socket. The core gives it control messages and whole frames; they MUST leave in the
 * order given.
 *
 * - `say` and `send` MUST take what they are given at any time, full or not: control messages are few and bounded by
 *   what the client asks for. `say` MUST encode its message before it returns.
 * - `hasRoom` MUST be false while more waits in the process than the adapter's bound. The adapter MUST call the
 *   session's `roomAgain` once after it was false and became true, and SHOULD stop reading the socket in between, so
 *   that answers to pipelined puts cannot pile up.
 * - `alive` MUST answer whether a sign of life came since it was last asked: a byte received, or backlog that drained.
 * - Between `hold` and `release` the adapter MUST NOT read the socket, whatever else would let it; what it had read
 *   already it MUST hand over when it is released, until it is held again, and not before.
 * - After `close`, `say` and `send` MUST do nothing. The adapter MUST call the session's `closed` once, whoever closed.
 */
export interface Link {
  readonly hasRoom: boolean;
  say(message: ServerMessage): void;
  send(frame: Buffer): void;
  /** The same for the last frame of a turn: what was sent before it and it leave now, in one write. */
  sendNow(frame: Buffer): void;
  ping(): void;
  alive(): boolean;
  hold(): void;
  release(): void;
  close(code: number, reason: string): void;
}
