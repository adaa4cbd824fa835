import type { AttackedServer, Grants } from './attacked-server.ts';
import { Connection } from './connection.ts';

/** What an attack acts on: it opens connections, which are measured and closed after it. */
export class Stage {
  readonly server: AttackedServer;
  /** 1: as the command attacks; less for a short look. */
  readonly scale: number;
  /** Bytes that were not sent over a {@link Connection}. */
  otherBytes = 0;
  readonly #connections: Connection[] = [];
  readonly #ends: (() => void)[] = [];

  constructor(server: AttackedServer, scale: number) {
    this.server = server;
    this.scale = scale;
  }

  get sentBytes(): number {
    return this.#connections.reduce((sum, { sentBytes }) => sum + sentBytes, this.otherBytes);
  }

  /** As many as this, or fewer in a short look. */
  scaled(count: number): number {
    return Math.max(1, Math.ceil(count * this.scale));
  }

  async connect(subject: string, grants: Grants, hello: object = {}): Promise<Connection> {
    const token = this.server.token(subject, grants);
    const connection = await Connection.open(this.server.addresses.ws, { token, ...hello });
    this.#connections.push(connection);
    return connection;
  }

  /** Something to end after the attack was measured. */
  ends(end: () => void): void {
    this.#ends.push(end);
  }

  clear(): void {
    for (const connection of this.#connections) connection.close();
    for (const end of this.#ends) end();
  }
}
