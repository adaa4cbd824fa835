import { signal } from '@preact/signals';
import type { Explanation, NamedSession } from '@zerospan/shared';
import type { Api } from '../../../data/api.ts';
import { positionText } from '../../../data/format.ts';
import type { ChannelRow, Standing } from './receipt.ts';

/** Sessions that are asked about at a time, and requests in flight. */
const ASKED_MOST = 200;
const AT_ONCE = 2;

/** Standings that change by themselves: the receipt was true when it came. */
const OPEN: ReadonlySet<Standing['kind']> = new Set(['no-answer', 'away', 'absent']);

/**
 * What has become of those who had not answered, as the server explains it: who is behind, who stands still, who has
 * come back and has it by now. It requires the right `observe`. A component that reads it is drawn again when it
 * changes.
 */
export class Explanations {
  readonly #api: Api;
  readonly #found = signal<ReadonlyMap<string, Explanation>>(new Map());
  readonly #abort = new AbortController();
  readonly #isAsking = signal(false);

  constructor(api: Api) {
    this.#api = api;
  }

  get isAsking(): boolean {
    return this.#isAsking.value;
  }

  /** undefined: not asked about, or the server does not say. */
  of(row: ChannelRow, who: NamedSession): Explanation | undefined {
    return this.#found.value.get(keyOf(row, who));
  }

  /** Asks about all who had not answered and are not known to have it by now. */
  async ask(rows: readonly ChannelRow[]): Promise<void> {
    if (this.#isAsking.peek()) return;
    this.#isAsking.value = true;
    const open = rows.flatMap((row) =>
      (row.people ?? [])
        .filter(({ who, standing }) => OPEN.has(standing.kind) && this.of(row, who)?.verdict !== 'had')
        .map(({ who }) => ({ row, who })),
    );
    const rest = open.slice(0, ASKED_MOST);
    const one = async (): Promise<void> => {
      for (let next = rest.pop(); next !== undefined; next = rest.pop()) await this.#one(next.row, next.who);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, one));
    this.#isAsking.value = false;
  }

  close(): void {
    this.#abort.abort();
  }

  async #one(row: ChannelRow, who: NamedSession): Promise<void> {
    const query = { offset: positionText(row), client: who.ref };
    try {
      const explanation = await this.#api.get<Explanation>('explain', query, this.#abort.signal);
      this.#found.value = new Map(this.#found.peek()).set(keyOf(row, who), explanation);
    } catch {
      // What the receipt says stands.
    }
  }
}

function keyOf({ epoch, offset }: ChannelRow, { ref }: NamedSession): string {
  return `${epoch} ${offset} ${ref}`;
}
