import { computed, effect, signal } from '@preact/signals';
import { type ServerStatus, STATS_CHANNEL } from '@zerospan/shared';
import { type Api, Problem } from './api.ts';
import type { Connection } from './connection.ts';

/** Statistics come once a second. Where none has come for this long, in ms, the server is asked. */
const SILENCE_MS = 2_500;

/** How many are kept: a minute of them. */
const KEPT = 60;

/**
 * The state of the server, once a second: from `$zerospan.stats`, and where the token does not grant that channel, by
 * asking. It requires the right `observe`; where the token does not say whether it grants that, the server's answer
 * does.
 */
export class Stats {
  readonly #api: Api;
  readonly #connection: Connection;
  readonly #minute = signal<readonly ServerStatus[]>([]);
  readonly #problem = signal<Problem | undefined>(undefined);
  readonly #staleMs = signal<number | undefined>(undefined);
  #heardMs = Number.NEGATIVE_INFINITY;
  #isAsking = false;
  /** Counts those who sign in, so that an answer to one is not taken for another's. */
  #person = 0;

  /** Of the last minute, the newest last. */
  readonly minute = computed(() => this.#minute.value);
  /** The newest; undefined: none has come yet. */
  readonly status = computed(() => this.#minute.value.at(-1));
  /** Why the server does not say its state. */
  readonly problem = computed(() => this.#problem.value);
  /** How old what is shown is, in ms; undefined: it is of this moment. */
  readonly staleMs = computed(() => this.#staleMs.value);
  /** Whether the person may read the state of the server and its sessions; undefined: not known yet. */
  readonly mayObserve = computed(() => {
    // A token that says what it grants need not be tried.
    if (this.#connection.claims.value?.grants?.observe === false) return false;
    const status = this.#problem.value?.status;
    if (status === 403 || status === 401) return false;
    return this.status.value === undefined ? undefined : true;
  });

  constructor(api: Api, connection: Connection) {
    this.#api = api;
    this.#connection = connection;
    effect(() => {
      const bus = connection.bus.value;
      this.#person += 1;
      this.#minute.value = [];
      this.#problem.value = undefined;
      this.#heardMs = Number.NEGATIVE_INFINITY;
      if (bus === undefined || this.mayObserve.peek() === false) return;
      const subscriber = bus.subscribe(STATS_CHANNEL, { onLag: 'latest' });
      // Without a grant for it, the server is asked instead.
      subscriber.ready.catch(() => {});
      subscriber.on('publication', ({ message }) => this.#take(message as ServerStatus));
      // Over HTTP, so that screens which wait for it need not wait for the connection.
      void this.#ask();
      return () => void subscriber.close();
    });
    effect(() => {
      if (connection.isConnected.value && this.#isSilent() && this.mayObserve.peek() !== false)
        void this.#ask();
    });
    setInterval(() => this.#tick(), 1_000);
  }

  #isSilent(): boolean {
    return performance.now() - this.#heardMs > SILENCE_MS;
  }

  #tick(): void {
    const isSilent = this.#isSilent();
    const isLive = this.#connection.isConnected.peek();
    const isStale = this.status.peek() !== undefined && (isSilent || !isLive);
    this.#staleMs.value = isStale ? performance.now() - this.#heardMs : undefined;
    if (isLive && isSilent && this.mayObserve.peek() !== false && !document.hidden) void this.#ask();
  }

  async #ask(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    const person = this.#person;
    try {
      const status = await this.#api.get<ServerStatus>('status');
      if (person === this.#person) this.#take(status);
    } catch (error) {
      if (person === this.#person && error instanceof Problem) this.#problem.value = error;
    } finally {
      this.#isAsking = false;
    }
  }

  #take(status: ServerStatus): void {
    this.#heardMs = performance.now();
    this.#problem.value = undefined;
    this.#staleMs.value = undefined;
    this.#minute.value = [...this.#minute.peek(), status].slice(-KEPT);
  }
}
