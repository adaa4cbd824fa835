import { ZerospanError } from '@zerospan/shared';
import { CONNECT_MS } from '../connection/defaults.ts';
import { EXIT, Failure } from '../terminal/failure.ts';

/**
 * Connections that are being opened at a time: below the backlog of a listening socket, which is 511 in Node and 128 in
 * much else.
 */
const UNDER_WAY = 100;

/** A single connection was good before. */
const REMEDY =
  'One connection alone was good, so this is a limit: of the server (limits.connections and its siblings), ' +
  'of a proxy, or of open files (ulimit -n).';

export interface Connecting {
  /** Address that the error names when the server cannot be reached. */
  readonly to: string;
  /** Begins with one; calls `ready` once it stands, and `ended` with the reason once it ends, before that or after. */
  readonly open: (index: number, ready: () => void, ended: (reason: string) => void) => void;
  /** Called for each open connection that ends, also after all have been opened. */
  readonly lost: (reason: string) => void;
  /** Called for each connection that has opened, with the number of open ones. */
  readonly connected: (count: number) => void;
  /** Fails when none comes to stand for so long. */
  readonly patienceMs?: number;
}

/**
 * Opens `count` connections, a few at a time. The first that fails ends the attempt.
 * @throws Failure with exit code 69; ZerospanError `aborted`
 */
export function connectAll(
  count: number,
  { to, open, lost, connected, patienceMs = CONNECT_MS }: Connecting,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let begun = 0;
    let standing = 0;
    let over = false;
    const finish = (error?: Error): void => {
      over = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      if (error) reject(error);
      else resolve();
    };
    const failed = (reason: string): void => {
      if (over) return;
      const which = `connection ${standing + 1} of ${count}`;
      finish(new Failure(EXIT.cannotConnect, `cannot connect to ${to}: ${reason} (${which})`, REMEDY));
    };
    const onAbort = (): void => finish(new ZerospanError('aborted'));
    const timer = setTimeout(() => failed(`no answer within ${patienceMs} ms`), patienceMs);
    const stood = (): void => {
      if (over) return;
      standing++;
      timer.refresh();
      connected(standing);
      if (standing === count) finish();
      else more();
    };
    const begin = (index: number): void => {
      let stands = false;
      const ready = (): void => {
        stands = true;
        stood();
      };
      open(index, ready, (reason) => (stands ? lost : failed)(reason));
    };
    const more = (): void => {
      while (!over && begun < count && begun - standing < UNDER_WAY) begin(begun++);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    else if (count === 0) finish();
    else more();
  });
}
