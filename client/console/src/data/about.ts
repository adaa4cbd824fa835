/** What the server says of itself before one connects. */
export interface About {
  /** Whether the server requires a token. */
  readonly authentication: boolean;
  /** What it lacks, being open to others all the same. */
  readonly insecure: readonly string[];
}

/** Longer than this is not waited for: the console is of more use without. */
const ANSWER_MS = 5_000;

/** Asks the server that the console came from; where that does not answer, nothing is known against it. */
export async function askAbout(base: string): Promise<About> {
  try {
    const answer = await fetch(new URL('./about', base), { signal: AbortSignal.timeout(ANSWER_MS) });
    const { authentication, insecure } = (await answer.json()) as Partial<About>;
    return { authentication: authentication === true, insecure: Array.isArray(insecure) ? insecure : [] };
  } catch {
    return { authentication: false, insecure: [] };
  }
}
