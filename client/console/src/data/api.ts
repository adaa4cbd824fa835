/** Values of a query; undefined: left out. */
export type Query = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** A request that failed, in words: what happened, and what to do. */
export class Problem extends Error {
  /** One of the codes of the server; `unreachable` where it did not answer, `not-known` where it answered otherwise. */
  readonly code: string;
  readonly remedy: string;
  /** 0: there was no answer. */
  readonly status: number;

  constructor(code: string, message: string, remedy: string, status = 0) {
    super(message);
    this.code = code;
    this.remedy = remedy;
    this.status = status;
  }
}

/** What the log holds, as lines. */
export interface Page {
  readonly lines: readonly string[];
  /** Whether there is more beyond. */
  readonly hasNext: boolean;
  /** How far it has come, `EPOCH_OFFSET`. */
  readonly position: string | undefined;
}

/** The server's HTTP API, beside the console, with the token of the person. */
export class Api {
  readonly #base: URL;
  readonly #token: () => string | undefined;

  constructor(base: string, token: () => string | undefined) {
    this.#base = new URL('./v1/', base);
    this.#token = token;
  }

  /** @throws Problem */
  async get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
    const answer = await this.#ask('GET', path, query, signal);
    return (await answer.json()) as T;
  }

  /** @throws Problem */
  async history(query: Query, signal?: AbortSignal): Promise<Page> {
    const answer = await this.#ask('GET', 'history', query, signal);
    const text = await answer.text();
    return {
      lines: text.split('\n').filter((line) => line !== ''),
      hasNext: answer.headers.has('link'),
      position: answer.headers.get('zerospan-position') ?? undefined,
    };
  }

  /** @throws Problem */
  async delete(path: string): Promise<void> {
    await this.#ask('DELETE', path, {});
  }

  async #ask(method: string, path: string, query: Query, signal?: AbortSignal): Promise<Response> {
    const url = new URL(path, this.#base);
    for (const [name, value] of Object.entries(query))
      for (const one of Array.isArray(value) ? (value as readonly string[]) : [value as string | undefined])
        if (one !== undefined) url.searchParams.append(name, String(one));
    const token = this.#token();
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    let answer: Response;
    try {
      answer = await fetch(url, { method, headers, cache: 'no-store', ...(signal && { signal }) });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new Problem('unreachable', 'The server does not answer.', 'Check that it runs, and the network.');
    }
    if (answer.ok) return answer;
    throw await problemOf(answer);
  }
}

async function problemOf(answer: Response): Promise<Problem> {
  try {
    const { code, detail, reason, title, remedy } = (await answer.json()) as Record<string, unknown>;
    const words = [detail, reason, title].find((each) => typeof each === 'string');
    return new Problem(
      typeof code === 'string' ? code : 'not-known',
      typeof words === 'string' ? words : `The server answered ${answer.status}.`,
      typeof remedy === 'string' ? remedy : '',
      answer.status,
    );
  } catch {
    return new Problem('not-known', `The server answered ${answer.status}.`, '', answer.status);
  }
}
