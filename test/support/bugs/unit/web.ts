import type { UnitBug } from './unit-bug.ts';

const WEB = 'server/src/web';

/** Sockets, handshakes and requests, and what is logged of them. */
export const webBugs: readonly UnitBug[] = [
  {
    name: 'networks kept: the limiter forgets no address that has left',
    file: `${WEB}/entry/connection-limiter.ts`,
    find: 'this.#networks.delete(socket);',
    replace: '',
    caughtBy: ['test/unit/web/connection-limiter.test.ts'],
  },
  {
    name: 'slab kept alive: a small frame that waits in a socket is not copied',
    file: `${WEB}/socket/link.ts`,
    find: 'this.#mayWait && isSparse(frame) ? Buffer.from(frame) : frame',
    replace: 'frame',
    caughtBy: ['test/unit/web/link.test.ts'],
  },
  {
    name: 'request kept: a socket holds the response of its upgrade for as long as it is open',
    file: `${WEB}/socket/upgrades.ts`,
    find: 'this.#responses.get(request)?.detachSocket(request.socket);',
    replace: '',
    caughtBy: ['test/integration/plugin.test.ts'],
  },
  {
    name: 'pace before place: a handshake that is refused a place has taken its turn from the others',
    file: `${WEB}/entry/doorway.ts`,
    find: "this.#limiter.enter(request.raw.socket, () => addressOf(request)) ??\n      (this.#admission.enter(go) ? undefined : 'handshakesPerS')",
    replace:
      "(this.#admission.enter(go) ? undefined : 'handshakesPerS') ??\n      this.#limiter.enter(request.raw.socket, () => addressOf(request))",
    caughtBy: ['test/unit/web/doorway.test.ts'],
  },
  {
    name: 'answered for ever: a request that was answered still counts as unanswered',
    file: `${WEB}/entry/pipelining.ts`,
    find: "response.on('close', () => this.#unanswered.set(socket, (this.#unanswered.get(socket) ?? 1) - 1));",
    replace: 'void response;',
    caughtBy: ['test/unit/bounds/bounds.test.ts'],
  },
  {
    name: 'timer kept: a socket that closes in time leaves the timer that would cut it',
    file: `${WEB}/socket/link.ts`,
    find: "this.#ws.once('close', () => clearTimeout(cut));",
    replace: '',
    caughtBy: ['test/unit/web/link.test.ts'],
  },
  {
    name: 'burst without bound: the longer nobody came, the more come in at once',
    file: `${WEB}/entry/admission.ts`,
    find: 'Math.min(this.#perS * BURST_S, this.#allowance + (sinceMs * this.#perS) / 1_000)',
    replace: 'this.#allowance + (sinceMs * this.#perS) / 1_000',
    caughtBy: ['test/unit/bounds/bounds.test.ts'],
  },
  {
    name: 'one line and no more: a source that had its share is not heard again in the next ten seconds',
    file: 'server/src/log-throttle.ts',
    find: 'this.#lines = new FairShare(this.#linesMost);\n    }',
    replace: '}',
    caughtBy: ['test/unit/bounds/bounds.test.ts', 'test/unit/security-events.test.ts'],
  },
  {
    name: 'lines of one: an address that floods the log hides what the others do',
    file: 'server/src/log-throttle.ts',
    find: 'this.#lines.take(source);',
    replace: "this.#lines.take('');",
    caughtBy: ['test/unit/security-events.test.ts'],
  },
];
