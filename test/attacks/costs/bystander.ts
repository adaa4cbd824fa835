import { type AttackedServer, queuedMs, workedMs } from './attacked-server.ts';
import { Connection } from './connection.ts';

const EVERY_MS = 20;

/**
 * Another user, who puts now and then, and measures how long the answer takes, without what the machine and this
 * process were busy with.
 */
export class Bystander {
  longestMs = 0;
  puts = 0;
  refused = 0;
  readonly #server: AttackedServer;
  readonly #connection: Connection;
  #isOver = false;
  readonly #done: Promise<void>;

  static async join(server: AttackedServer): Promise<Bystander> {
    const token = server.token('bystander', { put: 'bystander.' });
    return new Bystander(server, await Connection.open(server.addresses.ws, { token }));
  }

  private constructor(server: AttackedServer, connection: Connection) {
    this.#server = server;
    this.#connection = connection;
    this.#done = this.#put();
  }

  async leave(): Promise<void> {
    this.#isOver = true;
    await this.#done;
    this.refused = this.#connection.count('refused');
    this.#connection.close();
  }

  /** What is not the server's doing, in ms: both waited for a processor, or this process did something else. */
  #lost(): number {
    return this.#server.queuedMs + queuedMs() + workedMs();
  }

  async #put(): Promise<void> {
    while (!this.#isOver && this.#connection.isOpen) {
      const beganMs = performance.now();
      const waited = this.#lost();
      this.#connection.put(++this.puts, ['bystander.x']);
      if (!(await this.#connection.answered(this.puts))) this.longestMs = Number.POSITIVE_INFINITY;
      const tookMs = performance.now() - beganMs - (this.#lost() - waited);
      this.longestMs = Math.max(this.longestMs, tookMs);
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  }
}
