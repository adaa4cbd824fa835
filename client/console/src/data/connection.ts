import { computed, signal } from '@preact/signals';
import { Bus, type Filter, type Position, type State, ZerospanError } from '@zerospan/client';
import { askAbout } from './about.ts';
import { type Claims, readToken } from './token.ts';

/** `asking`: the server has not said yet whether it requires a token. */
export type Standing = State | 'asking' | 'needs-token';

/** What is wrong with the connection, and what to do about it. */
export interface Trouble {
  readonly paragraphs: readonly string[];
  /** To be copied. */
  readonly line?: string;
}

/** How often what is read out of the bus is brought up to date, in ms. */
const TICK_MS = 250;

/** After these another token is of use. */
const TOKEN_CODES: readonly string[] = ['unauthorized', 'token-expired', 'revoked'];

const CLOSED = 'The connection is closed for good. Reload the page to start again.';

const STALE =
  'The server does not reach its log: what you see may be old, and what you put waits. ' +
  'It goes on by itself when the log is back.';

/**
 * The one bus of the console, and the token that it is opened with. The token is in memory alone, or, if the person
 * says so, in the storage of this tab: never in an address, nor where another page or visit would find it.
 */
export class Connection {
  readonly #url: string;
  readonly #base: string;
  readonly #place: string;
  readonly #bus = signal<Bus | undefined>(undefined);
  readonly #standing = signal<Standing>('asking');
  readonly #trouble = signal<Trouble | undefined>(undefined);
  readonly #retryInS = signal<number | undefined>(undefined);
  readonly #isCutOff = signal(false);
  readonly #position = signal<Position | undefined>(undefined);
  readonly #token = signal<string | undefined>(undefined);
  readonly #tokenFault = signal<string | undefined>(undefined);
  readonly #hasGate = signal(false);
  readonly #lacks = signal<readonly string[]>([]);
  #leave = (): void => {};
  /** A fault that is none of the connection, such as a refused subscription. It stands until the bus is live again. */
  #fault: string | undefined;

  /** Another one after each sign-in. */
  readonly bus = computed(() => this.#bus.value);
  readonly standing = computed(() => this.#standing.value);
  /** Whether the server answers, whatever its log does. */
  readonly isConnected = computed(() => this.#standing.value === 'live' || this.#standing.value === 'stale');
  readonly trouble = computed(() => this.#trouble.value);
  /** In how many seconds the next attempt begins; undefined: one is under way, or none is needed. */
  readonly retryInS = computed(() => this.#retryInS.value);
  /** Whether something has kept the console from its connection since it was live, and the bus tries again. */
  readonly isCutOff = computed(() => this.#isCutOff.value);
  readonly position = computed(() => this.#position.value);
  readonly token = computed(() => this.#token.value);
  /** Why the token was of no use. */
  readonly tokenFault = computed(() => this.#tokenFault.value);
  /** Whether the server requires a token. */
  readonly hasGate = computed(() => this.#hasGate.value);
  /** What the server lacks, being open to others all the same. */
  readonly lacks = computed(() => this.#lacks.value);
  /** What the token says; undefined: there is none, or only the server can read it. */
  readonly claims = computed<Claims | undefined>(() =>
    this.#token.value === undefined ? undefined : readToken(this.#token.value),
  );

  /** Whether there is a channel on which the person may put; a token that does not say is tried. */
  readonly mayPut = computed(() => (this.claims.value?.grants?.put.length ?? 1) > 0);

  /** @param base the address of the console; everything of the server lies beside it */
  constructor(base: string) {
    this.#base = base;
    this.#url = new URL('./bus', base).href;
    this.#place = `zerospan.token ${new URL('.', base).pathname}`;
    setInterval(() => this.#tick(), TICK_MS);
  }

  get url(): string {
    return this.#url;
  }

  /** What a subscription to everything may ask for: all channels, or those that the token grants. */
  get everything(): readonly Filter[] {
    const granted = this.claims.peek()?.grants?.subscribe ?? [];
    return granted.length > 0 ? granted : [''];
  }

  async start(): Promise<void> {
    const { authentication, insecure } = await askAbout(this.#base);
    this.#hasGate.value = authentication;
    this.#lacks.value = insecure;
    const kept = authentication ? sessionStorage.getItem(this.#place) : null;
    if (kept !== null) this.#open(kept);
    else if (authentication) this.#standing.value = 'needs-token';
    else this.#open(undefined);
  }

  /** @param isKept whether the token outlives a reload of the page, in this tab */
  signIn(token: string, isKept: boolean): void {
    if (isKept) sessionStorage.setItem(this.#place, token);
    else sessionStorage.removeItem(this.#place);
    this.#open(token);
  }

  signOut(): void {
    this.#drop();
    this.#standing.value = 'needs-token';
  }

  retryNow(): void {
    this.#bus.peek()?.retryNow();
    this.#tick();
  }

  /** A fault that nobody awaited, such as a refused subscription. */
  fault(error: Error): void {
    // That a connection fails, the bus itself knows best.
    if (!(error instanceof ZerospanError && error.final === false)) this.#fault = sentences(error);
    this.#tick();
  }

  /** Connects, in place of any connection before: from where that one left off. */
  #open(token: string | undefined): void {
    const before = this.#bus.peek();
    const resume = before?.position;
    this.#leave();
    void before?.close({ timeoutMs: 0 });
    this.#fault = undefined;
    this.#tokenFault.value = undefined;
    this.#isCutOff.value = false;
    this.#token.value = token;
    const bus = new Bus(this.#url, {
      name: 'console',
      ...(token !== undefined && { token: () => token }),
      ...(resume && { resume }),
    });
    this.#bus.value = bus;
    const offs = [
      bus.on('state', (state) => this.#is(state)),
      bus.on('error', (error) => this.#failed(error)),
    ];
    this.#leave = () => {
      for (const off of offs) off();
    };
    this.#is(bus.state);
  }

  #failed(error: ZerospanError): void {
    this.fault(error);
    if (this.#token.peek() === undefined) return;
    const isClosed = this.#bus.peek()?.state === 'closed';
    if (!TOKEN_CODES.includes(error.code) && !isClosed) return;
    this.#drop();
    this.#tokenFault.value = sentences(error);
    this.#standing.value = 'needs-token';
  }

  /** Forgets token and bus. */
  #drop(): void {
    sessionStorage.removeItem(this.#place);
    this.#leave();
    this.#leave = () => {};
    void this.#bus.peek()?.close({ timeoutMs: 0 });
    this.#bus.value = undefined;
    this.#token.value = undefined;
    this.#tokenFault.value = undefined;
    this.#trouble.value = undefined;
    this.#isCutOff.value = false;
  }

  #is(state: State): void {
    if (state === 'live') this.#fault = undefined;
    this.#isCutOff.value = state === 'waiting' || (this.#isCutOff.peek() && state === 'connecting');
    this.#standing.value = state;
    this.#tick();
  }

  /** Asked again and again, because more may be found out about a failure after it was reported. */
  #tick(): void {
    const bus = this.#bus.peek();
    const { position } = bus ?? {};
    const shown = this.#position.peek();
    if (position?.offset !== shown?.offset || position?.epoch !== shown?.epoch)
      this.#position.value = position && { ...position };
    if (bus === undefined) return;
    const { retryInMs } = bus;
    this.#retryInS.value = retryInMs === undefined ? undefined : Math.ceil(retryInMs / 1_000);
    const trouble = this.#troubleOf(bus);
    // Written again, it would be read out again.
    if (JSON.stringify(trouble) !== JSON.stringify(this.#trouble.peek())) this.#trouble.value = trouble;
  }

  #troubleOf({ state, lastFailure }: Bus): Trouble | undefined {
    const failure = this.#isCutOff.peek() || state === 'closed' ? lastFailure : undefined;
    const line = failure?.code === 'origin-refused' ? `--origin ${location.origin}` : undefined;
    const paragraphs = [
      // The line stands below, to be copied.
      ...(failure ? [sentences(failure).replace(` ${line}`, '')] : []),
      ...(state === 'stale' ? [STALE] : []),
      ...(this.#fault === undefined ? [] : [this.#fault]),
      ...(state === 'closed' ? [CLOSED] : []),
    ];
    return paragraphs.length === 0 ? undefined : { paragraphs, ...(line !== undefined && { line }) };
  }
}

/** What went wrong, and what to do about it. */
export function sentences(error: Error): string {
  const remedy = 'remedy' in error && typeof error.remedy === 'string' ? ` ${error.remedy}` : '';
  return `${error.message}${remedy}`.trim();
}
