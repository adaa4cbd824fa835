import { randomBytes } from 'node:crypto';
import { WebSocket } from 'ws';
import { until } from '../../support/until.ts';

const PATIENCE_MS = 60_000;

/** A client's connection that says anything, counts what it sends, and keeps by name what it hears but deliveries. */
export class Connection {
  readonly said = new Map<string, string[]>();
  deliveries = 0;
  sentBytes = 0;
  closed: number | undefined;
  readonly #socket: WebSocket;

  static async open(url: string, hello: object): Promise<Connection> {
    const connection = new Connection(url);
    await until('the connection', () => connection.isOpen || connection.closed !== undefined, PATIENCE_MS);
    connection.say({ hello: { protocol: 'zerospan.v1', client: randomBytes(9).toString('hex'), ...hello } });
    await until('welcome', () => connection.count('welcome') || connection.closed !== undefined, PATIENCE_MS);
    return connection;
  }

  private constructor(url: string) {
    this.#socket = new WebSocket(url, 'zerospan.v1', { perMessageDeflate: false });
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', (code) => (this.closed = code));
    this.#socket.on('message', (bytes: Buffer) => this.#take(bytes));
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  say(message: object, payload?: string): void {
    const text = JSON.stringify(message) + (payload === undefined ? '' : `\n${payload}`);
    this.sentBytes += Buffer.byteLength(text);
    if (this.isOpen) this.#socket.send(text);
  }

  put(id: number, channels: readonly string[], payload = '1', more: object = {}): void {
    this.say({ put: { id, channels, ...more } }, payload);
  }

  /** How many messages of this name have come. */
  count(name: string): number {
    return this.said.get(name)?.length ?? 0;
  }

  get answers(): number {
    return this.count('accepted') + this.count('refused');
  }

  /** Refusals with this code. */
  refusals(code: string): number {
    return (this.said.get('refused') ?? []).filter((text) => text.includes(`"${code}"`)).length;
  }

  /** Waits for this many answers to puts, or the end; whether they came. */
  async answered(count: number, withinMs = PATIENCE_MS): Promise<boolean> {
    const came = () => this.answers >= count || this.closed !== undefined;
    return until('answers', came, withinMs).then(
      () => this.answers >= count,
      () => false,
    );
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#socket.terminate();
  }

  #take(bytes: Buffer): void {
    const name = /^\{"(\w+)"/.exec(bytes.toString('latin1', 0, 24))?.[1];
    if (name === undefined) {
      this.deliveries++;
      return;
    }
    const same = this.said.get(name);
    if (same) same.push(bytes.toString());
    else this.said.set(name, [bytes.toString()]);
  }
}
