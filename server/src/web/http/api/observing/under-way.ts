import { RejectedRequest } from '../problems.ts';

/** Requests that read at a time; of one user. */
const READS = { most: 16, ofUser: 4 } as const;

/** Requests that read all sessions or channels, which takes several turns of the event loop: a few at a time. */
export class ReadsUnderWay {
  readonly #byUser = new Map<string, number>();
  #all = 0;

  /** @throws RejectedRequest `too-many-reads` */
  async run<T>(user: string, read: () => Promise<T>): Promise<T> {
    const own = this.#byUser.get(user) ?? 0;
    if (own >= READS.ofUser) throw tooMany(`${READS.ofUser} requests of this user read`);
    if (this.#all >= READS.most) throw tooMany(`${READS.most} requests read`);
    this.#all++;
    this.#byUser.set(user, own + 1);
    try {
      return await read();
    } finally {
      this.#all--;
      const left = (this.#byUser.get(user) ?? 1) - 1;
      if (left === 0) this.#byUser.delete(user);
      else this.#byUser.set(user, left);
    }
  }
}

function tooMany(which: string): RejectedRequest {
  return new RejectedRequest('too-many-reads', `${which} the state of the server already.`);
}
