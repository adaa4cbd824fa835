/** Channels of one source that are kept apart; with more, any channel may be one of its. */
const CHANNELS_MOST = 4_096;

/** Which channels each source has sent something on, as far as it came here. */
export class Carried {
  readonly #bySource = new Map<string, Set<string> | 'every'>();

  add(source: string, channels: readonly string[]): void {
    const known = this.#bySource.get(source);
    if (known === 'every') return;
    const all = known ?? new Set();
    if (!known) this.#bySource.set(source, all);
    for (const channel of channels) all.add(channel);
    if (all.size > CHANNELS_MOST) this.#bySource.set(source, 'every');
  }

  of(source: string): readonly string[] | 'every' {
    const known = this.#bySource.get(source) ?? [];
    return known === 'every' ? known : [...known];
  }
}
