import type { Lease, LeaseHolder, SourceLeases } from '../../../server/src/zeromq/ingress/source-leases.ts';

/** Who holds a source, or waits for it. */
interface Waiting {
  readonly leases: FakeLeases;
  readonly source: string;
  readonly holder: LeaseHolder;
  isMine: boolean;
  isTaken: boolean;
}

/** Leases in memory, for the nodes of a test: the first that waits is the next. */
export class FakeLeaseServer {
  readonly #waiting: Waiting[] = [];

  node(): FakeLeases {
    return new FakeLeases(this);
  }

  add(one: Waiting): void {
    this.#waiting.push(one);
    this.#soon();
  }

  remove(one: Waiting): void {
    const at = this.#waiting.indexOf(one);
    if (at >= 0) this.#waiting.splice(at, 1);
    one.isMine = false;
    this.#soon();
  }

  /** What a node has is another's from now on, before it hears of it. */
  expire(leases: FakeLeases): void {
    for (const one of this.#waiting.filter((each) => each.leases === leases)) {
      one.isMine = false;
      this.remove(one);
      if (one.isTaken) setImmediate(() => one.holder.lost());
    }
  }

  #soon(): void {
    setImmediate(() => {
      for (const one of this.#waiting) {
        if (this.#waiting.find(({ source }) => source === one.source) !== one || one.isMine) continue;
        one.isMine = true;
        one.isTaken = true;
        one.holder.taken();
      }
    });
  }
}

export class FakeLeases implements SourceLeases {
  readonly #server: FakeLeaseServer;

  constructor(server: FakeLeaseServer) {
    this.#server = server;
  }

  hold(source: string, holder: LeaseHolder): Lease {
    const one: Waiting = { leases: this, source, holder, isMine: false, isTaken: false };
    this.#server.add(one);
    return {
      get isMine() {
        return one.isMine;
      },
      release: () => {
        this.#server.remove(one);
        return Promise.resolve();
      },
    };
  }
}
