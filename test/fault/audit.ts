import { join } from 'node:path';
import type { Checker } from './checker/checker.ts';
import type { Findings } from './checker/findings.ts';
import { TraceReader } from './trace.ts';

/** Reads the traces of a run as they grow, and has them checked. */
export class Audit {
  readonly checker: Checker;
  readonly #server: TraceReader;
  readonly #publisher: TraceReader;
  readonly #clients: ReadonlyMap<string, TraceReader>;

  constructor(folder: string, clients: readonly string[], checker: Checker) {
    this.checker = checker;
    this.#server = new TraceReader(join(folder, 'server'));
    this.#publisher = new TraceReader(join(folder, 'publisher'));
    this.#clients = new Map(clients.map((name) => [name, new TraceReader(join(folder, name))]));
  }

  get words(): string {
    const { appended, counts, findings } = this.checker;
    return `${appended} appended, ${counts.given} given, ${counts.puts} puts, ${findings.total} findings`;
  }

  /** Reads what has come, and judges it. */
  read(): void {
    // What a client was given was in the ledger before: the ledger is read later, and judged by first.
    const lines = [...this.#clients].map(([name, reader]) => ({ name, lines: [...reader.read()] }));
    for (const line of this.#server.read()) this.checker.take('server', line);
    for (const line of this.#publisher.read()) this.checker.take('publisher', line);
    for (const { name, lines: all } of lines) for (const line of all) this.checker.take(name, line);
    this.checker.forget();
  }

  /** Nothing more comes. */
  end(): Findings {
    this.read();
    return this.checker.end();
  }

  stop(): void {
    for (const reader of [this.#server, this.#publisher, ...this.#clients.values()]) reader.close();
  }
}
