import type { Figures } from './server-process.ts';

/** How often the server is looked at, in ms. */
const EVERY_MS = 5_000;

/** What is compared with the end: what the server held after so long, or after half of a shorter run. */
const SETTLED_MS = 300_000;

interface Sample {
  readonly passedMs: number;
  readonly figures: Figures;
}

/** What a server holds over a long run, so that growth is seen. */
export class Soak {
  readonly everyMs = EVERY_MS;
  readonly #fromMs: number;
  readonly #toMs: number;
  readonly #early: Sample[] = [];
  readonly #late: Sample[] = [];

  /** @param lastsMs how long the run lasts */
  constructor(lastsMs: number) {
    this.#fromMs = Math.min(SETTLED_MS, lastsMs / 2);
    this.#toMs = lastsMs;
  }

  take(figures: Figures, passedMs: number): void {
    // As long a stretch at the end as after the beginning: one look alone may fall on a server that has just restarted.
    const stretchMs = this.#toMs / 5;
    if (passedMs >= this.#fromMs && passedMs < this.#fromMs + stretchMs)
      this.#early.push({ passedMs, figures });
    if (passedMs >= this.#toMs - stretchMs) this.#late.push({ passedMs, figures });
  }

  /** For each figure the least, the middle and the most, early and late. */
  table(): string {
    const [first] = this.#early;
    if (first === undefined || this.#late.length === 0) return 'too short to compare';
    const names = Object.keys(first.figures) as (keyof Figures)[];
    const rows = names.map((name) => [name, words(this.#early, name), words(this.#late, name)]);
    const head = [
      'figure',
      `from ${seconds(this.#early)} (least middle most)`,
      `from ${seconds(this.#late)}`,
    ];
    return [head, ...rows].map(([a = '', b = '', c = '']) => `${a.padEnd(14)}${b.padEnd(40)}${c}`).join('\n');
  }
}

function words(samples: readonly Sample[], name: keyof Figures): string {
  const sorted = samples.map(({ figures }) => figures[name]).sort((a, b) => a - b);
  return [sorted[0], sorted[sorted.length >> 1], sorted.at(-1)].join('  ');
}

function seconds(samples: readonly Sample[]): string {
  return `${Math.round((samples[0]?.passedMs ?? 0) / 1_000)} s`;
}
